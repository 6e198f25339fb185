"""Which tools run: asked for, named by a profile, chosen by files and configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline_mcp.config.profiles import PROFILES, profiles_of
from pipeline_mcp.config.run_settings import RunSettings
from pipeline_mcp.domain.session import SessionRequest
from pipeline_mcp.domain.snapshot import ManifestRow, make_snapshot
from pipeline_mcp.errors import SettingError, UnknownToolError
from pipeline_mcp.tools.configured import configured_tools
from pipeline_mcp.tools.contract import PYTHON_FILES, FilePattern, Kind, Scope, Tool
from pipeline_mcp.tools.executables import Program
from pipeline_mcp.tools.preferences import Preferences, read_preferences
from pipeline_mcp.tools.registry import TOOLS
from pipeline_mcp.tools.selection import Selection, choose_tools, select_tools

SHELL = FilePattern(suffixes=(".sh",))


def _tool(name: str, files: FilePattern = PYTHON_FILES) -> Tool:
    return Tool(
        name=name,
        kind=Kind.LINT,
        summary="",
        url="",
        files=files,
        scope=Scope.FILE,
        executable=Program(name),
        command=lambda job: [],
        parse=lambda job, completed: [],
    )


NAMES = ("ruff", "ruff-format", "black", "isort", "mypy", "pylint")
KNOWN = {name: _tool(name) for name in NAMES} | {
    "shellcheck": _tool("shellcheck", SHELL),
    "mine": _tool("mine"),
}


Choose = Callable[..., Selection]


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Choose:
    # What is built in must not depend on which adapters exist: `mine` alone is the user's.
    monkeypatch.setattr(
        "pipeline_mcp.tools.selection.TOOLS",
        {name: KNOWN[name] for name in KNOWN if name != "mine"},
    )

    def choose(profile: str = "standard", **given: Any) -> Selection:
        options: dict[str, Any] = {
            "preferences": Preferences(),
            "paths": ["a.py"],
            "installed": lambda tool: True,
        }
        return choose_tools(KNOWN, profile, **(options | given))

    return choose


def _names(selection: Selection) -> list[str]:
    return [tool.name for tool in selection.tools]


def test_a_profile_names_the_tools_and_own_tools_always_run(choose: Choose) -> None:
    assert _names(choose("fast")) == ["ruff", "ruff-format", "mine"]
    assert _names(choose("standard")) == ["ruff", "ruff-format", "mypy", "mine"]
    assert _names(choose("full")) == ["ruff", "ruff-format", "mypy", "pylint", "mine"]


def test_reasons_are_given(choose: Choose) -> None:
    reasons = {choice.tool.name: choice.reason for choice in choose("fast").choices}
    assert reasons["ruff"] == "the profile fast names it"
    assert reasons["mine"] == "it is a tool of your own"


def test_only_tools_with_a_file_to_look_at_run(choose: Choose) -> None:
    assert _names(choose(paths=["a.sh"])) == ["shellcheck"]
    assert choose(paths=[]) == Selection(())


@pytest.mark.parametrize(
    ("preferences", "formatters"),
    [
        (Preferences(), ["ruff-format"]),
        (Preferences(configures_black=True), ["black"]),
        (Preferences(configures_ruff_format=True), ["ruff-format"]),
        (Preferences(configures_black=True, configures_ruff_format=True), ["ruff-format"]),
        (Preferences(configures_isort=True), ["ruff-format", "isort"]),
        (Preferences(configures_isort=True, ruff_sorts_imports=True), ["ruff-format"]),
    ],
)
@pytest.mark.parametrize("profile", ["standard", "full"])
def test_tools_that_contradict_each_other_never_run_together_by_themselves(
    choose: Choose, profile: str, preferences: Preferences, formatters: list[str]
) -> None:
    chosen = _names(choose(profile, preferences=preferences))
    assert [name for name in chosen if name in ("ruff-format", "black", "isort")] == formatters


def test_what_is_asked_for_wins_over_profile_and_preferences(choose: Choose) -> None:
    selection = choose("fast", requested=["isort", "black", "ruff-format", "pylint"])
    assert _names(selection) == ["ruff-format", "black", "isort", "pylint"]


def test_what_is_to_be_skipped_is_skipped(choose: Choose) -> None:
    assert _names(choose(skip=["mypy", "mine"])) == ["ruff", "ruff-format"]
    assert _names(choose(requested=["mypy", "ruff"], skip=["mypy"])) == ["ruff"]


def test_a_tool_of_the_profile_that_is_missing_is_left_out_with_a_notice(choose: Choose) -> None:
    selection = choose(installed=lambda tool: tool.name != "mypy")
    assert "mypy" not in _names(selection)
    assert selection.notices[0].startswith("Not installed here, so left out: mypy.")


def test_a_tool_that_is_asked_for_stays_although_it_is_missing(choose: Choose) -> None:
    selection = choose(requested=["mypy"], installed=lambda tool: False)
    assert (_names(selection), selection.notices) == (["mypy"], ())


def test_a_tool_that_is_asked_for_without_a_file_is_told(choose: Choose) -> None:
    selection = choose(requested=["shellcheck", "ruff"])
    assert _names(selection) == ["ruff"]
    assert "shellcheck" in selection.notices[0]


def test_unknown_names_are_refused(choose: Choose) -> None:
    with pytest.raises(UnknownToolError, match="'rufff'"):
        choose(requested=["rufff"])
    with pytest.raises(UnknownToolError, match="'rufff'"):
        choose(skip=["rufff"])
    with pytest.raises(SettingError, match="'slow' is none of fast, standard, full"):
        choose("slow")


def test_a_session_reads_the_preferences_out_of_its_snapshot() -> None:
    rows = [ManifestRow("a.py", 0o644, "1", 1), ManifestRow("pyproject.toml", 0o644, "2", 1)]
    contents = {"2": b"[tool.black]\n"}
    selection = select_tools(
        SessionRequest(workspace="/w", node="n", profile="fast"),
        make_snapshot(rows),
        TOOLS,
        lambda row: contents[row.sha256],
    )
    names = _names(selection)
    assert "ruff" in names
    assert "ruff-format" not in names


def test_profiles_grow() -> None:
    assert PROFILES["fast"] < PROFILES["standard"] < PROFILES["full"]
    assert profiles_of("mypy") == ("standard", "full")
    assert profiles_of("ruff") == ("fast", "standard", "full")
    assert profiles_of("no-such") == ()


def test_the_full_profile_is_everything_there_is() -> None:
    assert PROFILES["full"] == TOOLS.keys()


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, Preferences()),
        ({"pyproject.toml": "[tool.black]\n"}, Preferences(configures_black=True)),
        ({"pyproject.toml": "[tool.ruff.format]\n"}, Preferences(configures_ruff_format=True)),
        ({"ruff.toml": "[format]\n"}, Preferences(configures_ruff_format=True)),
        ({"pyproject.toml": "[tool.isort]\n"}, Preferences(configures_isort=True)),
        ({".isort.cfg": "[settings]\n"}, Preferences(configures_isort=True)),
        ({"setup.cfg": "[tool:isort]\n"}, Preferences(configures_isort=True)),
        ({"tox.ini": "[isort]\n"}, Preferences(configures_isort=True)),
        ({"tox.ini": "[tox]\n"}, Preferences()),
        (
            {"pyproject.toml": '[tool.ruff.lint]\nextend-select = ["I001"]\n'},
            Preferences(ruff_sorts_imports=True),
        ),
        ({"ruff.toml": 'select = ["ALL"]\n'}, Preferences(ruff_sorts_imports=True)),
        ({"ruff.toml": 'lint.select = ["ALL"]\nlint.ignore = ["I"]\n'}, Preferences()),
        ({"ruff.toml": "", "pyproject.toml": "[tool.ruff.format]\n"}, Preferences()),
        ({"pyproject.toml": "not = toml ["}, Preferences()),
        ({"pyproject.toml": "tool = 1\n", "setup.cfg": "no section"}, Preferences()),
    ],
)
def test_preferences(files: dict[str, str], expected: Preferences) -> None:
    contents = {name: content.encode() for name, content in files.items()}
    assert read_preferences(contents.get) == expected


def test_files_that_are_not_utf8_count_as_missing() -> None:
    assert read_preferences(lambda name: b"\xff\xfe") == Preferences()


def test_the_users_own_tools_stand_beside_the_built_in_ones() -> None:
    own = {
        "mine": {
            "command": ["x", "{files}"],
            "files": ["*"],
            "parser": {"kind": "sarif"},
        }
    }
    tools = configured_tools(RunSettings.model_validate({"custom_tools": own}))
    assert list(tools) == [*TOOLS, "mine"]
