"""ruff format: the fast formatter, asked only whether it would change a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline_mcp.domain.finding import Finding, Severity
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
from pipeline_mcp.tools.output import json_output

# `io`: it cannot be read or decoded. All other codes are failures of ruff itself.
_RULES = {"unformatted": "reformat", "invalid-syntax": "parse-error", "io": "parse-error"}


def command(job: Job) -> list[str]:
    """Check the shard, and say everything as JSON."""
    options = ["--check", "--no-cache", "--output-format=json", "--force-exclude"]
    return ["format", *options, *job.arguments, "--", *job.targets]


def fix_command(job: Job) -> list[str]:
    """Rewrite the files of the shard."""
    options = ["--no-cache", "--force-exclude", "--quiet"]
    return ["format", *options, *job.arguments, "--", *job.targets]


def parse(job: Job, completed: Completed) -> Iterator[Finding]:
    """A finding per file that would change and per file that does not parse."""
    # 2 is for broken files too; a mistake in the configuration prints no JSON.
    completed.expect(0, 1, 2)
    for diagnostic in json_output(completed):
        yield _finding(job, diagnostic)


def _finding(job: Job, diagnostic: dict[str, Any]) -> Finding:
    rule = _RULES.get(diagnostic["code"])
    path, message = job.relative(diagnostic["filename"]), diagnostic["message"]
    if rule is None:
        raise ToolOutputError(f"it failed on {path!r}: {message}")
    start = diagnostic["location"] or {"row": 0, "column": 0}
    would_change = rule == "reformat"
    return Finding(
        tool="ruff-format",
        rule=rule,
        severity=Severity.WARNING if would_change else Severity.ERROR,
        message="ruff would reformat this file" if would_change else message,
        path=path,
        line=start["row"],
        column=start["column"],
        fixable=would_change,
    )


TOOL = Tool(
    name="ruff-format",
    kind=Kind.FORMAT,
    summary="Fast Python formatter",
    url="https://docs.astral.sh/ruff/formatter/",
    files=PYTHON_FILES,
    scope=Scope.FILE,
    executable=Program("ruff", distribution="ruff"),
    command=command,
    parse=parse,
    fix_command=fix_command,
    config_files=("ruff.toml", ".ruff.toml", "pyproject.toml"),
    cost=Cost(startup=0.02, per_kib=0.00005),
    samples=(
        Sample(
            title="a file that ruff would change from its second line on",
            files={"a.py": 'ONE = 1\nTWO = {  "a":2 }\n', "good.py": "ONE = 1\n"},
            expected=(("a.py", "reformat", 2),),
        ),
        Sample(
            title="a file that does not parse",
            files={"broken.py": "x = 1\ndef f(:\n"},
            expected=(("broken.py", "parse-error", 2),),
        ),
    ),
)
