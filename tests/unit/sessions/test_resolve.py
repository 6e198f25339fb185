"""What a caller asks for and what is configured become one frozen request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db.migrate import upgrade
from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.session import (
    RunOptions,
    SessionRequest,
    request_from_dict,
    request_to_dict,
)
from pipeline_mcp.errors import (
    ConfigurationError,
    PipelineError,
    ServiceError,
    SettingError,
    UnknownToolError,
    WorkspaceError,
)
from pipeline_mcp.scanning.catalogue import catalogue
from pipeline_mcp.sessions.resolve import resolve

OWN = """\
custom_tools:
  mine: {command: [grep, -n, "{files}"], files: ["*.py"], parser: {kind: sarif}}
"""


@pytest.fixture
def workspace(state_dir: Path, tmp_path: Path) -> Path:
    upgrade()
    directory = (tmp_path / "workspace").resolve()
    directory.mkdir()
    (directory / "a.py").write_text("x = 1\n")
    return directory


def _resolve(workspace: Path, **options: Any) -> SessionRequest:
    return resolve(RunOptions(path=str(workspace), **options))


def test_without_any_word_the_defaults_count(workspace: Path) -> None:
    assert _resolve(workspace) == SessionRequest(workspace=str(workspace), node=settings().node)


@pytest.mark.parametrize(
    ("path", "said"), [("", "has an empty name"), ("{state}", "own state directory")]
)
def test_some_directories_are_never_meant(workspace: Path, path: str, said: str) -> None:
    with pytest.raises(WorkspaceError, match=said):
        resolve(RunOptions(path=path.format(state=settings().state_dir)))


def test_what_the_caller_says_goes_before_everything(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace / "pipeline.yaml").write_text("tools: [mypy]\nskip_tools: [ruff]\nexclude: [v]\n")
    monkeypatch.setenv("PIPELINE_PROFILE", "full")
    monkeypatch.setenv("PIPELINE_FAIL_ON", "info")
    settings.cache_clear()
    request = _resolve(
        workspace,
        profile="fast",
        tools=("ruff", "black", "ruff"),
        fail_on=(Severity.ERROR,),
        priority=9,
        use_cache=False,
        attached=False,
        origin="mcp",
    )
    assert (request.profile, request.tools, request.skip_tools) == ("fast", ("ruff", "black"), ())
    assert (request.fail_on, request.exclude) == ((Severity.ERROR,), ("v",))
    assert (request.priority, request.use_cache) == (9, False)
    assert (request.attached, request.origin) == (False, "mcp")


def test_configuration_counts_where_the_caller_says_nothing(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace / "pipeline.yaml").write_text("tools: [mypy, ruff]\nskip_tools: [ruff]\n")
    monkeypatch.setenv("PIPELINE_FAIL_ON", "info")
    monkeypatch.setenv("ENABLE_PARALLEL_PROCESSING", "false")
    settings.cache_clear()
    request = _resolve(workspace)
    assert (request.tools, request.skip_tools) == (("mypy", "ruff"), ("ruff",))
    assert request.fail_on == (Severity.INFO,)
    assert request.sequential


def test_nothing_may_fail_the_gate_if_the_caller_says_so(workspace: Path) -> None:
    assert _resolve(workspace, fail_on=()).fail_on == ()


def test_files_are_confined_and_made_relative(workspace: Path) -> None:
    (workspace / "sub").mkdir()
    (workspace / "sub" / "b.py").touch()
    request = _resolve(workspace, files=("sub/../a.py", str(workspace / "sub" / "b.py"), "a.py"))
    assert request.files == ("a.py", "sub/b.py")


def test_every_wrong_file_is_named(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.py").touch()
    (workspace / "link.py").symlink_to(tmp_path / "outside.py")
    with pytest.raises(WorkspaceError) as caught:
        _resolve(workspace, files=("missing.py", "a.py", "../outside.py", "link.py"))
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert all(
        name in line
        for name, line in zip(("missing.py", "../outside.py", "link.py"), lines, strict=True)
    )


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"profile": "slow"}, SettingError, "profile: 'slow' is none of fast, standard, full"),
        ({"priority": 10}, SettingError, "priority: 10 is not between 0 and 9"),
        ({"priority": -1}, SettingError, "priority: -1 is not between 0 and 9"),
        ({"tools": ("rufff",)}, UnknownToolError, "No tool is called 'rufff'"),
        ({"skip_tools": ("nope",)}, UnknownToolError, "No tool is called 'nope'"),
        ({"tools": ("mine",)}, UnknownToolError, "No tool is called 'mine'"),
    ],
)
def test_a_wrong_option_is_named(
    workspace: Path, options: dict[str, Any], error: type[PipelineError], said: str
) -> None:
    with pytest.raises(error, match=said):
        _resolve(workspace, **options)


def test_a_workspace_outside_the_roots_is_refused(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_WORKSPACES", str(workspace / "sub"))
    settings.cache_clear()
    with pytest.raises(WorkspaceError, match="outside the allowed roots"):
        _resolve(workspace)


def test_unknown_tools_in_files_are_told_with_their_lines(workspace: Path) -> None:
    settings().config_file.write_text("skip_tools:\n- mypi\n")
    settings.cache_clear()
    (workspace / "pipeline.yaml").write_text("tools: [rufff]\ntool_options:\n  blak: {}\n")
    with pytest.raises(ConfigurationError) as caught:
        _resolve(workspace)
    assert [str(problem) for problem in caught.value.problems] == [
        "pipeline.yaml:1: tools[0]: no tool is called 'rufff'; did you mean 'ruff'?",
        "pipeline.yaml:3: tool_options.blak: no tool is called 'blak'; did you mean 'black'?",
        f"{settings().config_file}:2: skip_tools[0]: no tool is called 'mypi'; "
        "did you mean 'mypy'?",
    ]


def test_a_repository_cannot_trust_itself(workspace: Path) -> None:
    (workspace / "pipeline.yaml").write_text("trust: true\n")
    with pytest.raises(ConfigurationError, match="trust: unknown key"):
        _resolve(workspace)


def test_the_tools_of_a_repository_need_trust_and_keep_it(workspace: Path) -> None:
    (workspace / "pipeline.yaml").write_text(OWN + "tool_options: {ruff: {args: [--quiet]}}\n")
    before = _resolve(workspace)
    assert (before.custom_tools, before.tool_options, before.trusted) == ((), {}, False)
    assert "custom_tools.mine, tool_options.ruff.args" in before.notices[0]
    with pytest.raises(PipelineError, match="mine is defined by the repository"):
        _resolve(workspace, tools=("mine",))
    for trust in (True, False):
        request = _resolve(workspace, trust=trust, tools=("mine",))
        assert [one["name"] for one in request.custom_tools] == ["mine"]
        assert request.tool_options == {"ruff": {"args": ["--quiet"]}}
        assert (request.trusted, request.notices) == (True, ())


def test_trust_is_not_remembered_of_a_run_that_is_refused(workspace: Path) -> None:
    with pytest.raises(SettingError):
        _resolve(workspace, trust=True, priority=11)
    assert not _resolve(workspace).trusted


def test_the_operators_own_tools_need_no_trust(workspace: Path) -> None:
    settings().config_file.write_text(OWN)
    settings.cache_clear()
    (workspace / "pipeline.yaml").write_text("tools: [mine]\n")
    request = _resolve(workspace)
    assert request.tools == ("mine",)
    assert request.custom_tools[0]["command"] == ["grep", "-n", "{files}"]


def test_a_tool_with_the_name_of_a_built_in_one_is_refused(workspace: Path) -> None:
    settings().config_file.write_text(OWN.replace("mine", "ruff"))
    settings.cache_clear()
    with pytest.raises(ConfigurationError, match=r"custom_tools\.ruff: a built-in tool"):
        _resolve(workspace)


def test_a_request_survives_its_way_to_a_worker(workspace: Path) -> None:
    (workspace / "pipeline.yaml").write_text(OWN + "tool_options: {mine: {exclude: [gen]}}\n")
    request = _resolve(workspace, trust=True)
    again = request_from_dict(request_to_dict(request))
    assert again == request
    tool = catalogue(again)["mine"]
    assert tool.files.matches("a.py")
    assert not tool.files.matches("gen/a.py")


def test_a_database_without_tables_is_the_services_error(state_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(ServiceError):
        resolve(RunOptions(path=str(tmp_path)))
