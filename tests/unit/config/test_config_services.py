"""The settings of GitHub and of health, and secrets of nested settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline_mcp.config.settings import load_settings
from pipeline_mcp.config.show import HIDDEN, show_settings
from pipeline_mcp.errors import ConfigurationError


@pytest.fixture
def secrets(clean_environment: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    directory = tmp_path / "secrets"
    directory.mkdir()
    clean_environment.setenv("PIPELINE_SECRETS_DIR", str(directory))
    (tmp_path / "operator.yaml").touch()
    clean_environment.setenv("PIPELINE_CONFIG_FILE", str(tmp_path / "operator.yaml"))
    return directory


def test_a_secret_file_may_bear_the_name_of_a_nested_setting(secrets: Path) -> None:
    file = secrets / "pipeline_github__token"
    file.write_text("ghp_abc\n")
    read = load_settings()
    assert read.github.token is not None
    assert read.github.token.get_secret_value() == "ghp_abc"
    assert read.origin("github", "token").source == str(file)


def test_a_token_is_never_shown(
    secrets: Path, clean_environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clean_environment.setenv("PIPELINE_GITHUB__TOKEN", "ghp_abc")
    read = load_settings()
    rows = {row.name: row.value for row in show_settings(read)}
    assert rows["github.token"] == HIDDEN
    assert "ghp_abc" not in json.dumps(rows) + repr(read)


def test_a_nested_secret_outside_of_its_directory_is_refused(secrets: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("ghp_abc")
    (secrets / "pipeline_github__token").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match="PIPELINE_SECRETS_DIR"):
        load_settings()


def test_a_misspelt_nested_secret_is_named(secrets: Path) -> None:
    (secrets / "pipeline_github__tokn").write_text("ghp_abc")
    with pytest.raises(ConfigurationError, match=r"github__tokn.*unknown key"):
        load_settings()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://ghe.example.com/api/v3", "https"),
        ("https://me:secret@ghe.example.com", "host and a path alone"),
        ("ftp://ghe.example.com", "https"),
        ("https://", "https"),
    ],
)
def test_the_token_only_goes_where_it_is_safe(
    secrets: Path, clean_environment: pytest.MonkeyPatch, url: str, said: str
) -> None:
    clean_environment.setenv("PIPELINE_GITHUB__API_URL", url)
    with pytest.raises(ConfigurationError, match=said) as refused:
        load_settings()
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("repository", ["octocat", "a/b/c", "../etc", "-x/y", "a/b?c"])
def test_a_repository_is_an_owner_and_a_name(
    secrets: Path, clean_environment: pytest.MonkeyPatch, repository: str
) -> None:
    clean_environment.setenv("PIPELINE_GITHUB__REPOSITORY", repository)
    with pytest.raises(ConfigurationError, match="OWNER/NAME"):
        load_settings()
