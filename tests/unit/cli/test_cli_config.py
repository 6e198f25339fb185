"""`config show`, `config validate` and `tools`, as a shell would call them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipeline_mcp.cli.config import config
from pipeline_mcp.cli.tools import tools
from pipeline_mcp.config.settings import settings
from pipeline_mcp.errors import ConfigurationError
from pipeline_mcp.tools.registry import TOOLS

OWN = """\
custom_tools:
  mine: {command: [no-such-program, "{files}"], files: ["*.py"], parser: {kind: sarif}}
"""

pytestmark = pytest.mark.usefixtures("state_dir")


def _config(*arguments: str | Path) -> Result:
    return CliRunner().invoke(config, [str(argument) for argument in arguments])


def _json(result: Result) -> Any:
    return json.loads(result.stdout)


def test_show_names_value_and_origin_of_every_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_BROKER_URL", "redis://:hunter2@host")
    settings.cache_clear()
    (tmp_path / "pipeline.yaml").write_text("\nprofile: fast\n")
    result = _config("show", tmp_path)
    lines = {line.split()[0]: line.split() for line in result.stdout.splitlines()}
    assert lines["profile"] == ["profile", "fast", "(pipeline.yaml:2)"]
    assert lines["max_files"] == ["max_files", "100000", "(default)"]
    assert lines["broker_url"] == ["broker_url", "redis://:***@host", "(PIPELINE_BROKER_URL)"]
    assert "hunter2" not in result.output
    shown = _json(_config("show", tmp_path, "--format", "json"))["settings"]
    assert shown.keys() == lines.keys()
    assert shown["profile"] == {
        "value": "fast",
        "origin": "workspace",
        "source": "pipeline.yaml",
        "line": 2,
    }


def test_show_of_a_broken_configuration_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_text("profile: fst\n")
    assert isinstance(_config("show", tmp_path).exception, ConfigurationError)


def test_validate_accepts_what_is_right(tmp_path: Path) -> None:
    result = _config("validate", tmp_path)
    assert (result.exit_code, result.stdout) == (0, "The configuration is valid.\n")
    assert _json(_config("validate", tmp_path, "--format", "json")) == {
        "valid": True,
        "problems": [],
        "notices": [],
    }


def test_validate_lists_the_mistakes_of_all_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_MAX_FILES", "abc")
    settings.cache_clear()
    (tmp_path / "pipeline.yaml").write_text("profile: fst\ntool: 1\n")
    result = _config("validate", tmp_path)
    assert result.exit_code == 2
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == [
        "PIPELINE_MAX_FILES",
        "pipeline.yaml",
        "pipeline.yaml",
        "3 problems found.",
    ]


def test_validate_says_mistakes_as_data(tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_text("\ntools: [rufff]\n")
    result = _config("validate", tmp_path, "--format", "json")
    assert result.exit_code == 2
    assert _json(result)["problems"] == [
        {
            "source": "pipeline.yaml",
            "line": 2,
            "key": "tools[0]",
            "message": "no tool is called 'rufff'; did you mean 'ruff'?",
        }
    ]


def test_what_counts_only_with_trust_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_MAX_FILE", "3")
    (tmp_path / "pipeline.yaml").write_text(OWN)
    result = _config("validate", tmp_path)
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "note: PIPELINE_MAX_FILE is not a setting; did you mean PIPELINE_MAX_FILES?",
        "note: These count only where the workspace is trusted: custom_tools.mine.",
    ]


def test_a_path_that_does_not_exist_is_wrong_usage() -> None:
    assert _config("validate", "/no/such").exit_code == 2


def test_tools_lists_every_tool(tmp_path: Path) -> None:
    settings().config_file.write_text(OWN)
    settings.cache_clear()
    listed = _json(CliRunner().invoke(tools, ["--format", "json"]))["tools"]
    by_name = {tool["tool"]: tool for tool in listed}
    assert list(by_name) == [*TOOLS, "mine"]
    assert by_name["ruff"]["installed"]
    assert by_name["ruff"]["version"][0].isdigit()
    assert by_name["ruff"]["profiles"] == ["fast", "standard", "full"]
    assert by_name["ruff"]["files"] == ["*.py", "*.pyi"]
    assert by_name["ruff"]["fixer"]
    assert (by_name["mine"]["installed"], by_name["mine"]["version"]) == (False, None)
    assert by_name["mine"]["custom"]


def test_tools_prints_a_table() -> None:
    lines = CliRunner().invoke(tools, []).stdout.splitlines()
    assert lines[0].split()[:3] == ["tool", "kind", "version"]
    assert [line.split()[0] for line in lines[1:]] == list(TOOLS)
