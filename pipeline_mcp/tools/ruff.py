"""ruff: the fast linter; its JSON output carries spans and fixes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline_mcp.domain.finding import Edit, Finding, Severity
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
from pipeline_mcp.tools.output import json_output
from pipeline_mcp.tools.python_rules import severity


def command(job: Job) -> list[str]:
    """Lint the shard, and say everything as JSON; `fix = true` in the repository stays unheard."""
    options = ["--no-cache", "--output-format=json", "--force-exclude", "--exit-zero"]
    options += ["--no-fix", "--no-fix-only"]
    return ["check", *options, *job.arguments, "--", *job.targets]


def fix_command(job: Job) -> list[str]:
    """Apply the fixes that ruff calls safe."""
    options = ["--no-cache", "--fix-only", "--force-exclude", "--exit-zero", "--quiet"]
    return ["check", *options, *job.arguments, "--", *job.targets]


def parse(job: Job, completed: Completed) -> Iterator[Finding]:
    """One finding per diagnostic; a file that does not parse is a finding too."""
    completed.expect(0)
    for diagnostic in json_output(completed):
        yield _finding(job, diagnostic)


def _finding(job: Job, diagnostic: dict[str, Any]) -> Finding:
    rule = diagnostic["code"] or "invalid-syntax"
    fix = diagnostic["fix"]
    start, end = diagnostic["location"], diagnostic["end_location"]
    return Finding(
        tool="ruff",
        rule=rule,
        severity=Severity.ERROR if rule == "invalid-syntax" else severity(rule),
        message=diagnostic["message"],
        path=job.relative(diagnostic["filename"]),
        line=start["row"],
        column=start["column"],
        end_line=end["row"],
        end_column=end["column"],
        fixable=fix is not None and fix["applicability"] == "safe",
        edits=tuple(_edit(edit) for edit in fix["edits"]) if _is_meant_for_use(fix) else (),
    )


def _is_meant_for_use(fix: dict[str, Any] | None) -> bool:
    """True for fixes that ruff applies itself; others are only there to be shown."""
    return fix is not None and fix["applicability"] in {"safe", "unsafe"}


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
    adapter_version=2,
    cost=Cost(startup=0.02, per_kib=0.00005),
    samples=(
        Sample(
            title="an unused import",
            files={"a.py": "import os\n\nprint('hello')\n"},
            expected=(("a.py", "F401", 1),),
        ),
        Sample(
            title="a name that nobody defines, in a file that the repository does not exclude",
            files={
                "ruff.toml": 'exclude = ["generated"]\n',
                "a.py": "print(missing)\n",
                "generated/a.py": "print(missing)\n",
            },
            expected=(("a.py", "F821", 1),),
        ),
        Sample(
            title="a file that does not parse",
            files={"broken.py": "def f(:\n"},
            expected=(("broken.py", "invalid-syntax", 1), ("broken.py", "invalid-syntax", 2)),
        ),
    ),
)
