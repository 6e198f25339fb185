"""A tool of the user's own: real programs, three ways of reading what they print."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import SettingError, ToolOutputError
from pipeline_mcp.tools.contract import Completed, Job, Kind, Scope, Tool
from pipeline_mcp.tools.custom import file_pattern, tool_from_definition

GREP = {
    "name": "no-fixme",
    "command": ["grep", "-nH", "FIXME", "{files}"],
    "files": ["*.py"],
    "parser": {"kind": "regex", "pattern": r"^(?P<path>.+?):(?P<line>\d+):(?P<message>.*)$"},
}


def _printing(name: str, output: str, parser: dict[str, Any], **more: Any) -> Tool:
    """A tool that prints `output`, whatever it is given."""
    program = f"import sys; sys.stdout.write({output!r})"
    definition = {
        "name": name,
        "command": [sys.executable, "-c", program, "{files}"],
        "files": ["*"],
        "parser": parser,
        **more,
    }
    return tool_from_definition(definition)


Run = Callable[..., list[Finding]]


def test_a_program_and_a_pattern_find_something(run_adapter: Run) -> None:
    tool = tool_from_definition(GREP)
    files = {"a.py": "x\n# FIXME: y\n", "b c.py": "x\n", "-n.py": "# FIXME\n", "a.txt": "FIXME"}
    found = run_adapter(tool, files)
    assert [(one.path, one.line, one.message, one.rule) for one in found] == [
        ("-n.py", 1, "# FIXME", "no-fixme"),
        ("a.py", 2, "# FIXME: y", "no-fixme"),
    ]


def test_what_the_definition_says_is_what_the_tool_is() -> None:
    tool = tool_from_definition(
        GREP | {"kind": "security", "scope": "context", "config_files": ["x.cfg"], "summary": "s"}
    )
    assert (tool.kind, tool.scope, tool.summary) == (Kind.SECURITY, Scope.CONTEXT, "s")
    assert tool.config_files == ("x.cfg",)
    assert tool.fix_command is None


def test_a_changed_definition_has_another_version() -> None:
    same, other = tool_from_definition(dict(GREP)), tool_from_definition(GREP | {"summary": "s"})
    assert same.adapter_version == tool_from_definition(GREP).adapter_version
    assert other.adapter_version != same.adapter_version


def test_a_program_that_says_no_version_has_that_of_its_content(tmp_path: Path) -> None:
    program = tmp_path / "lint"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    executable = tool_from_definition(GREP | {"command": [str(program), "{files}"]}).executable
    before = executable.version()
    program.write_text("#!/bin/sh\necho changed\n")
    assert before.startswith("sha256-")
    assert executable.version() != before


def test_a_program_may_say_its_version() -> None:
    tool = tool_from_definition(GREP | {"version_argument": "--version"})
    assert tool.executable.version()[0].isdigit()


def test_a_program_that_is_not_there_is_not_installed() -> None:
    executable = tool_from_definition(GREP | {"command": ["no-such", "{files}"]}).executable
    assert executable.argv() is None
    assert executable.version() == "unknown"


def test_extra_arguments_stand_before_the_files() -> None:
    job = Job(Path("/tree"), ("a.py", "b.py"), Path("/scratch"), arguments=("-i",))
    words = tool_from_definition(GREP).command(job)
    assert words == ["-nH", "FIXME", "-i", "./a.py", "./b.py"]


def test_a_tool_for_the_whole_program_needs_no_files() -> None:
    job = Job(Path("/tree"), ("a.py",), Path("/scratch"))
    tool = tool_from_definition(GREP | {"command": ["make", "lint"], "scope": "program"})
    assert tool.command(job) == ["lint"]


def test_json_with_the_path_around_the_findings(run_adapter: Run) -> None:
    printed = json.dumps(
        [
            {"filePath": "./a.js", "messages": [{"line": 2, "at": 0, "sev": "2", "text": "bad"}]},
            {"filePath": "b.js", "messages": []},
        ]
    )
    parser = {
        "kind": "json",
        "findings": "*.messages",
        "path": "filePath",
        "line": "line",
        "column": "at",
        "first_column": 0,
        "severity": "sev",
        "message": "text",
    }
    tool = _printing("es", printed, parser, severities={"2": "error"})
    (found,) = run_adapter(tool, {"a.js": "x"})
    assert found == Finding("es", "es", Severity.ERROR, "bad", "a.js", 2, 1)


def test_json_with_nested_facts(run_adapter: Run) -> None:
    printed = json.dumps(
        {"results": {"issues": [{"pos": {"file": "a", "l": "7"}, "check.id": "C1", "m": " hi "}]}}
    )
    parser = {
        "kind": "json",
        "findings": ["results", "issues"],
        "path": "pos.file",
        "line": "pos.l",
        "rule": ["check.id"],
        "message": "m",
    }
    (found,) = run_adapter(_printing("x", printed, parser), {"a": "x"})
    assert (found.path, found.line, found.rule, found.message) == ("a", 7, "C1", "hi")
    assert found.severity is Severity.WARNING


def test_sarif(run_adapter: Run) -> None:
    printed = json.dumps(
        {
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {"driver": {"name": "t"}},
                    "results": [{"ruleId": "R", "level": "note", "message": {"text": "m"}}],
                }
            ],
        }
    )
    tool = _printing("s", printed, {"kind": "sarif"}, severities={"note": "error"})
    (found,) = run_adapter(tool, {"a": "x"})
    assert (found.rule, found.severity) == ("R", Severity.ERROR)


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("Error", Severity.ERROR),
        ("HIGH", Severity.ERROR),
        ("W", Severity.WARNING),
        ("style", Severity.INFO),
        ("odd", Severity.INFO),
        ("nope", Severity.ERROR),
    ],
)
def test_words_for_severity(run_adapter: Run, word: str, severity: Severity) -> None:
    parser = {"kind": "regex", "pattern": r"(?P<path>\w+) (?P<severity>\w+) (?P<message>.+)"}
    tool = _printing(
        "w", f"a {word} m\n", parser, severities={"nope": "error"}, default_severity="info"
    )
    (found,) = run_adapter(tool, {"a": "x"})
    assert found.severity is severity


@pytest.mark.parametrize(
    "printed",
    ["", "{", "{}", '{"f": 1}', '{"f": [1]}', '{"f": [{"p": "a"}]}', "[" * 2000]
    + [
        json.dumps({"f": [{"p": path, "m": "m", "l": line}]})
        for path, line in (("/etc/passwd", 1), ("../x", 1), ("a", "x"), ("a", -1), ("a", [1]))
    ],
)
def test_what_cannot_be_understood_is_never_guessed(run_adapter: Run, printed: str) -> None:
    parser = {"kind": "json", "findings": "f", "path": "p", "message": "m", "line": "l"}
    with pytest.raises(ToolOutputError):
        run_adapter(_printing("x", printed, parser), {"a": "x"})


def test_an_unexpected_exit_code_is_the_tools_error() -> None:
    job = Job(Path("/tree"), ("a.py",), Path("/scratch"))
    tool = tool_from_definition(GREP)
    assert list(tool.parse(job, Completed(1, "", ""))) == []
    with pytest.raises(ToolOutputError, match="exit code 2: no such file"):
        list(tool.parse(job, Completed(2, "", "no such file")))


def test_a_pattern_may_read_what_went_to_stderr() -> None:
    parser = GREP["parser"] | {"stream": "stderr"}  # type: ignore[operator]
    job = Job(Path("/tree"), ("a.py",), Path("/scratch"))
    tool = tool_from_definition(GREP | {"parser": parser})
    (found,) = tool.parse(job, Completed(1, "a.py:1:no\n", "a.py:2:yes\r\nnoise\n"))
    assert (found.line, found.message) == (2, "yes")


def test_a_pattern_that_would_take_for_ever_takes_no_time() -> None:
    pattern = r"(?P<path>(a+)+)b(?P<message>.*)c(?P<rule>.*)d$"
    tool = tool_from_definition(GREP | {"parser": {"kind": "regex", "pattern": pattern}})
    job = Job(Path("/tree"), ("a.py",), Path("/scratch"))
    started = time.process_time()
    assert list(tool.parse(job, Completed(0, "a" * 50_000 + "\n" + "ab" * 25_000, ""))) == []
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "ruff"}, "a built-in tool has this name"),
        ({"name": "Upper"}, "1 to 40 of a-z"),
        ({"name": "x" * 41}, "1 to 40 of a-z"),
        ({"name": ""}, "1 to 40 of a-z"),
        ({"command": []}, "at least 1 item"),
        ({"command": ["grep"]}, "exactly once"),
        ({"command": ["grep", "{files}", "{files}"]}, "exactly once"),
        ({"command": ["grep", "--in={files}"]}, "a word of its own"),
        ({"command": ["./lint", "{files}"]}, "absolute path"),
        ({"command": ["grep\0", "{files}"]}, "match pattern"),
        ({"files": []}, "at least 1 item"),
        ({"scope": "galaxy"}, "'file', 'context' or 'program'"),
        ({"parser": {"kind": "xml"}}, "does not match any of the expected tags"),
        ({"parser": {"kind": "regex", "pattern": "("}}, "missing )"),
        ({"parser": {"kind": "regex", "pattern": "(?P<path>a)"}}, "no group called message"),
        ({"parser": {"kind": "regex", "pattern": "(?P<x>a)(?P<path>)(?P<message>)"}}, "called 'x'"),
        ({"parser": {"kind": "regex", "pattern": r"(?P<path>)(?P<message>a)\2"}}, "back-refer"),
        ({"shell": True}, "Extra inputs"),
    ],
)
def test_a_wrong_definition_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingError) as caught:
        tool_from_definition(GREP | change)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("globs", "path", "matches"),
    [
        (["*.py"], "src/a.py", True),
        ([".py"], "src/a.py", True),
        (["*.py"], "a.pyc", False),
        (["Makefile*"], "sub/Makefile.inc", True),
        (["docs/*.md"], "docs/deep/a.md", True),
        (["docs/*.md"], "other/a.md", False),
        (["*"], "anything", True),
        (["*.[ch]"], "a.c", True),
    ],
)
def test_globs(globs: list[str], path: str, matches: bool) -> None:
    assert file_pattern(globs).matches(path) is matches
