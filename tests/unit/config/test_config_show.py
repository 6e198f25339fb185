"""What is shown of the configuration names its origin and gives no secret away."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_mcp.config.settings import load_settings
from pipeline_mcp.config.show import Shown, redacted, show_settings


def _rows() -> dict[str, Shown]:
    return {row.name: row for row in show_settings(load_settings())}


def test_every_value_has_its_origin(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_settings().config_file.write_text("\ntool:\n  output_bytes: 5\n")
    monkeypatch.setenv("PIPELINE_PROFILE", "fast")
    rows = _rows()
    assert (rows["profile"].value, str(rows["profile"].origin)) == ("fast", "PIPELINE_PROFILE")
    assert rows["tool.output_bytes"].value == 5
    assert str(rows["tool.output_bytes"].origin).endswith("pipeline.yaml:3")
    assert str(rows["tool.timeout_seconds"].origin) == "default"


def test_the_urls_shown_are_those_that_are_used(state_dir: Path) -> None:
    assert _rows()["database_url"].value == f"sqlite:///{state_dir / 'pipeline.db'}"


def test_a_value_out_of_a_secrets_file_is_hidden_whole(
    state_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pipeline_broker_url").write_text("redis://key@host")
    monkeypatch.setenv("PIPELINE_SECRETS_DIR", str(tmp_path))
    assert _rows()["broker_url"].value == "***"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("redis://:hunter2@host:1/0", "redis://:***@host:1/0"),
        ("postgresql://me:p@ss/w:d@host/db", "postgresql://me:***@host/db"),
        (
            "postgresql://host/db?user=me&password=x&a=b",
            "postgresql://host/db?user=me&password=***&a=b",
        ),
        ("redis://host", "redis://host"),
        ({"args": ["--api-key=x", "--quiet"]}, {"args": ["--api-key=***", "--quiet"]}),
        (5, 5),
    ],
)
def test_secrets_are_blacked_out(value: object, shown: object) -> None:
    assert redacted(value) == shown
