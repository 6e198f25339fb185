"""What the embedded stack's programs inherit does not depend on a working directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline_mcp.config.background import absolute_database, worker_environment
from pipeline_mcp.config.settings import load_settings


@pytest.fixture
def patch(clean_environment: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    clean_environment.chdir(tmp_path)
    return clean_environment


def test_relative_paths_become_absolute(patch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Path("own.yaml").touch()
    patch.setenv("PIPELINE_STATE_DIR", "state")
    patch.setenv("PIPELINE_CONFIG_FILE", "own.yaml")
    patch.setenv("PIPELINE_WORKSPACES", "one:two")
    patch.setenv("PIPELINE_DATABASE_URL", "sqlite:///own.db")
    found = worker_environment(load_settings())
    assert found["PIPELINE_STATE_DIR"] == str(tmp_path / "state")
    assert found["PIPELINE_CONFIG_FILE"] == str(tmp_path / "own.yaml")
    assert found["PIPELINE_WORKSPACES"] == f"{tmp_path / 'one'}{os.pathsep}{tmp_path / 'two'}"
    assert found["PIPELINE_DATABASE_URL"] == f"sqlite:///{tmp_path / 'own.db'}"


def test_what_was_not_set_stays_unset_and_the_rest_is_kept(
    patch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    patch.setenv("PIPELINE_STATE_DIR", str(tmp_path))
    patch.setenv("PGPASSWORD", "word")
    found = worker_environment(load_settings())
    ours = [name for name in found if name.startswith("PIPELINE_")]
    assert ours == ["PIPELINE_STATE_DIR"]
    assert found["PGPASSWORD"] == "word"


@pytest.mark.parametrize(
    "url", ["postgresql://u:p@h/d", "sqlite:////abs/x.db", "postgresql+psycopg2:///d?host=/run"]
)
def test_a_url_without_a_relative_path_stays(patch: pytest.MonkeyPatch, url: str) -> None:
    patch.setenv("PIPELINE_DATABASE_URL", url)
    assert absolute_database(load_settings()) == url
