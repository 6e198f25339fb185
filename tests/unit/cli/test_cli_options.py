from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from pipeline_mcp.cli import run as run_module
from pipeline_mcp.cli.options import ReportFile, SeverityList, SpreadCommand, WordList
from pipeline_mcp.cli.run import pipeline_options
from pipeline_mcp.domain.finding import Severity


def _given(*arguments: str) -> dict[str, Any]:
    """What the options of `run` make of the arguments."""
    seen: dict[str, Any] = {}

    @click.command(cls=SpreadCommand)
    @pipeline_options
    def command(**given: Any) -> None:
        seen.update(given)

    command.main(list(arguments), standalone_mode=False)
    return seen


def test_the_defaults() -> None:
    given = _given()
    assert given["path"] == "."
    assert given["tools"] == given["skip_tools"] == given["files"] == ()
    assert given["fail_on"] is None
    assert given["priority"] == 5
    assert given["form"] == "text"


def test_words_may_have_commas_or_be_said_again() -> None:
    assert _given("--tools", "ruff, mypy", "--tools", "black")["tools"] == ("ruff", "mypy", "black")


@pytest.mark.parametrize(
    "arguments",
    [
        ["here", "--files", "a.py", "b c.py"],
        ["here", "--files", "a.py", "--files", "b c.py"],
        ["here", "--files=a.py", "--files=b c.py"],
        ["--quiet", "here", "--files", "a.py", "b c.py", "--no-cache"],
        ["--files", "a.py", "b c.py", "--", "here"],
    ],
)
def test_files_are_words_up_to_the_next_option(arguments: list[str]) -> None:
    given = _given(*arguments)
    assert given["files"] == ("a.py", "b c.py")
    assert given["path"] == "here"


@pytest.mark.parametrize(
    ("text", "severities"),
    [
        ("error", (Severity.ERROR,)),
        ("warning, ERROR", (Severity.ERROR, Severity.WARNING)),
        ("none", ()),
    ],
)
def test_severities_are_words(text: str, severities: tuple[Severity, ...]) -> None:
    assert _given("--fail-on", text)["fail_on"] == severities


def test_wrong_words_are_named() -> None:
    with pytest.raises(click.BadParameter, match="'fatal' is none of error, warning, info"):
        SeverityList().convert("error,fatal", None, None)
    with pytest.raises(click.BadParameter, match="name at least one"):
        WordList().convert(" , ", None, None)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format", "yaml"],
        ["--priority", "10"],
        ["--workers", "0"],
        ["--fail-on", "fatal"],
        ["--tools", ""],
        ["one", "two"],
        ["--no-such-option"],
        ["--files"],
    ],
)
@pytest.mark.parametrize("command", ["run", "scan"])
def test_wrong_usage_has_exit_code_2_and_starts_nothing(
    command: str, arguments: list[str], pipeline: Callable[..., Any], state_dir: Path
) -> None:
    answer = pipeline(command, *arguments)
    assert answer.code == 2
    assert "Error:" in answer.err
    assert answer.out == ""
    assert list(state_dir.iterdir()) == []


FIXING = ("max_cycles", "max_fixes", "dry_run", "unsafe", "integrate")


def test_run_takes_the_options_of_scan_and_those_of_fixes() -> None:
    run, scan = ([option.name for option in each.params] for each in run_module.COMMANDS)
    assert run == [*scan, "fixes", *FIXING]


def test_reports_are_a_format_and_a_file_each() -> None:
    reports = _given("--write", "sarif=a=b.sarif", "--write", "junit=j.xml")["reports"]
    assert reports == (("sarif", Path("a=b.sarif")), ("junit", Path("j.xml")))


@pytest.mark.parametrize("written", ["sarif", "sarif=", "=file", "xml=file"])
def test_a_report_without_a_format_or_a_file_is_a_mistake(written: str) -> None:
    with pytest.raises(click.BadParameter, match="is not FORMAT=FILE"):
        ReportFile().convert(written, None, None)
