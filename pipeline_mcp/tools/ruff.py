"""ruff: the fast linter; its JSON output carries spans and fixes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pipeline_mcp.domain.finding import Edit, Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.contract import (
    PYTHON_FILES,
    Completed,
    Cost,
    Job,
    Kind,
    Sample,
    Scope,
    Tool,
)
from pipeline_mcp.tools.executables import Program


def command(job: Job) -> list[str]:
    """Lint the shard, and say everything as JSON."""
    options = ["--no-cache", "--output-format=json", "--force-exclude", "--exit-zero"]
    return ["check", *options, *job.arguments, "--", *job.targets]


def fix_command(job: Job) -> list[str]:
    """Apply the fixes that ruff calls safe."""
    options = ["--no-cache", "--fix-only", "--force-exclude", "--exit-zero", "--quiet"]
    return ["check", *options, *job.arguments, "--", *job.targets]


def parse(job: Job, completed: Completed) -> Iterator[Finding]:
    """One finding per diagnostic; a file that does not parse is a finding too."""
    completed.expect(0)
    try:
        diagnostics = json.loads(completed.stdout)
    except json.JSONDecodeError as error:
        raise ToolOutputError(f"it did not print JSON: {error}") from error
    for diagnostic in diagnostics:
        yield _finding(job, diagnostic)


def _finding(job: Job, diagnostic: dict[str, Any]) -> Finding:
    rule = diagnostic["code"] or "invalid-syntax"
    fix = diagnostic["fix"]
    start, end = diagnostic["location"], diagnostic["end_location"]
    return Finding(
        tool="ruff",
        rule=rule,
        severity=_severity(rule),
        message=diagnostic["message"],
        path=job.relative(diagnostic["filename"]),
        line=start["row"],
        column=start["column"],
        end_line=end["row"],
        end_column=end["column"],
        fixable=fix is not None and fix["applicability"] == "safe",
        edits=tuple(_edit(edit) for edit in fix["edits"]) if fix else (),
    )


def _severity(rule: str) -> Severity:
    """Pyflakes' and syntax errors are errors: code with them is likely to fail when it runs."""
    is_error = rule == "invalid-syntax" or rule.startswith(("F", "E9"))
    return Severity.ERROR if is_error else Severity.WARNING


def _edit(edit: dict[str, Any]) -> Edit:
    start, end = edit["location"], edit["end_location"]
    return Edit(start["row"], start["column"], end["row"], end["column"], edit["content"])


TOOL = Tool(
    name="ruff",
    kind=Kind.LINT,
    summary="Fast Python linter",
    url="https://docs.astral.sh/ruff/",
    files=PYTHON_FILES,
    # Import sorting and implicit-namespace rules look at which other files there are.
    scope=Scope.CONTEXT,
    executable=Program("ruff", distribution="ruff"),
    command=command,
    parse=parse,
    fix_command=fix_command,
    config_files=("ruff.toml", ".ruff.toml", "pyproject.toml"),
    cost=Cost(startup=0.05, per_kib=0.0001),
    samples=(
        Sample(
            title="an unused import",
            files={"a.py": "import os\n\nprint('hello')\n"},
            expected=(("a.py", "F401", 1),),
        ),
        Sample(
            title="a file that does not parse",
            files={"broken.py": "def f(:\n"},
            expected=(("broken.py", "invalid-syntax", 1), ("broken.py", "invalid-syntax", 2)),
        ),
    ),
)
