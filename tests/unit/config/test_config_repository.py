"""A repository's pipeline.yaml may set a few keys, and what can run code only with trust."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_mcp.config.repository import read_repository_file, with_repository
from pipeline_mcp.config.settings import Settings, load_settings
from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.errors import ConfigurationError

CODE = """\
tools: [ruff, mine]
tool_options:
  ruff: {args: [--select=E], exclude: [gen/*]}
  mine: {exclude: [x]}
custom_tools:
  mine:
    command: [grep, -n, x, "{files}"]
    files: ["*.py"]
    parser: {kind: regex, pattern: '(?P<path>.*):(?P<message>.*)'}
"""

WRONG = """\
profile: fst
max_files: 3
fail_on: [error, fatal]
fail_on: []
exclude: [/etc/*, ../x, 5]
tool_options:
  ruff: {arg: [], exclude: no}
skip_tool: []
custom_tools:
  Bad_Name: {}
  one:
    command: [grep, "x{files}"]
    files: []
    parser: {kind: regex, pattern: "(?P<path>.*)(?=x)"}
  two: {command: ["./x", "{files}"], files: ["*"], parser: {kind: json, pth: a, message: m}}
  three: {command: [a, {files}], files: ["*"], parser: {kind: xml}}
"""


def _problems(workspace: Path, content: str) -> list[str]:
    (workspace / "pipeline.yaml").write_text(content)
    return [str(problem) for problem in read_repository_file(workspace, trusted=True).problems]


def test_no_file_changes_nothing(state_dir: Path, tmp_path: Path) -> None:
    base = load_settings()
    file = read_repository_file(tmp_path, trusted=False)
    assert file.layer is None
    assert with_repository(base, file) is base


def test_all_keys_of_a_repository_count(state_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_text(
        "profile: full\ntools: [ruff]\nskip_tools: [mypy]\nexclude: [vendor]\n"
        "fail_on: [error]\ntool_options: {ruff: {exclude: [gen/*]}}\n"
    )
    file = read_repository_file(tmp_path, trusted=False)
    current = with_repository(load_settings(), file)
    assert file.notices == ()
    assert (current.profile, current.tools, current.skip_tools) == ("full", ("ruff",), ("mypy",))
    assert (current.exclude, current.fail_on) == (("vendor",), (Severity.ERROR,))
    assert current.tool_options["ruff"].exclude == ("gen/*",)
    assert str(current.origin("fail_on")) == "pipeline.yaml:5"


def test_the_file_stands_between_the_environment_and_the_operators_file(
    state_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_settings().config_file.write_text("profile: fast\nskip_tools: [bandit]\ntools: [mypy]\n")
    monkeypatch.setenv("PIPELINE_PROFILE", "full")
    (tmp_path / "pipeline.yaml").write_text("profile: standard\nskip_tools: [mypy]\n")
    current = with_repository(load_settings(), read_repository_file(tmp_path, trusted=False))
    assert current.profile == "full"
    assert current.skip_tools == ("mypy",)
    assert current.tools == ("mypy",)


def test_without_trust_what_can_run_code_is_ignored_and_said(
    state_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "pipeline.yaml").write_text(CODE)
    file = read_repository_file(tmp_path, trusted=False)
    current = with_repository(load_settings(), file)
    assert current.custom_tools == {}
    assert current.tools == ("ruff",)
    assert current.tool_options.keys() == {"ruff"}
    assert current.tool_options["ruff"].args == ()
    assert current.tool_options["ruff"].exclude == ("gen/*",)
    assert file.ignored_tools == ("mine",)
    (notice,) = file.notices
    assert "custom_tools.mine, tool_options.ruff.args" in notice
    assert f"`pipeline-mcp run {tmp_path} --trust`" in notice


def test_with_trust_it_counts(state_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_text(CODE)
    file = read_repository_file(tmp_path, trusted=True)
    current = with_repository(load_settings(), file)
    assert current.custom_tools["mine"].command == ("grep", "-n", "x", "{files}")
    assert current.tool_options["ruff"].args == ("--select=E",)
    assert (file.notices, file.ignored_tools) == ((), ())


def test_every_mistake_is_told_with_its_line_and_key(tmp_path: Path) -> None:
    told = [problem.split(": Input")[0] for problem in _problems(tmp_path, WRONG)]
    assert [problem.removeprefix("pipeline.yaml:")[:60] for problem in told] == [
        "4: fail_on: it stands here twice, first in line 3",
        "1: profile",
        "2: max_files: a repository cannot set this; it belongs into "[:60],
        "3: fail_on[1]",
        "5: exclude[0]: a glob is relative to the workspace and stays "[:60],
        "5: exclude[1]: a glob is relative to the workspace and stays "[:60],
        "5: exclude[2]",
        "7: tool_options.ruff.exclude",
        "7: tool_options.ruff.arg: unknown key; did you mean 'args'?",
        "8: skip_tool: unknown key; did you mean 'skip_tools'?",
        "10: custom_tools.Bad_Name: a tool's name is 1 to 40 of a-z, 0-9 and -"[:60],
        "10: custom_tools.Bad_Name.command: it is required",
        "10: custom_tools.Bad_Name.files: it is required",
        "10: custom_tools.Bad_Name.parser: it is required",
        "13: custom_tools.one.files: The list should have at least 1 item"[:60],
        "14: custom_tools.one.parser.pattern: the pattern cannot be us"[:60],
        "15: custom_tools.two.parser.path: it is required",
        "15: custom_tools.two.parser.pth: unknown key; did you mean 'path'?"[:60],
        "16: custom_tools.three.command[1]",
        "16: custom_tools.three.parser",
    ]


@pytest.mark.parametrize(
    "content",
    ["tools:\n", "tools: ruff\n", "tools: [1]\n", "tool_options: []\n", "custom_tools: {a: 1}\n"],
)
def test_a_wrong_type_is_one_problem(tmp_path: Path, content: str) -> None:
    assert len(_problems(tmp_path, content)) == 1


def test_mistakes_stop_a_run(state_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_text("profile: fst\n")
    file = read_repository_file(tmp_path, trusted=False)
    with pytest.raises(ConfigurationError, match=r"pipeline\.yaml:1: profile"):
        with_repository(load_settings(), file)


def test_a_linked_file_is_never_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("password: hunter2\n")
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "pipeline.yaml").symlink_to(outside)
    (problem,) = read_repository_file(workspace, trusted=True).problems
    assert "symbolic link" in problem.message


def test_a_file_with_a_similar_name_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "pipeline.yml").touch()
    file = read_repository_file(tmp_path, trusted=False)
    assert file.notices == ("pipeline.yml is not read; the file must be called pipeline.yaml.",)


def test_the_keys_of_a_repository_are_settings_too() -> None:
    assert {"profile", "tools", "exclude", "custom_tools"} <= Settings.model_fields.keys()
