"""bandit: security problems in Python code, from its JSON report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.configuration import pyproject_table
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
from pipeline_mcp.tools.executables import PythonModule
from pipeline_mcp.tools.output import Shard, json_output, one_line

# By bandit's own severity: HIGH is an error, MEDIUM a warning, LOW (`assert`, imports) information.
_SEVERITIES = {"HIGH": Severity.ERROR, "MEDIUM": Severity.WARNING, "LOW": Severity.INFO}


def command(job: Job) -> list[str]:
    """Scan the shard in one process, and say everything as JSON."""
    options = ["--format=json", "--quiet", "--exit-zero", *_configuration(job)]
    return [*options, *job.arguments, "--", *job.targets]


def _configuration(job: Job) -> list[str]:
    """bandit finds no configuration by itself when it is given files."""
    options = []
    if pyproject_table(job.root, "bandit") is not None:
        options.append("--configfile=pyproject.toml")
    elif (job.root / "bandit.yaml").is_file():
        options.append("--configfile=bandit.yaml")
    if (job.root / ".bandit").is_file():
        return [*options, "--ini=.bandit"]
    # The default exclusions match inside names (`.git` hides `.github/`); no path contains this.
    return [*options, "--exclude=//"]


def parse(job: Job, completed: Completed) -> Iterator[Finding]:
    """One finding per issue, and one per file that bandit could not read."""
    completed.expect(0)
    report = json_output(completed)
    shard = Shard(job)
    _check_complete(job, {shard.path(name) for name in report["metrics"] if name != "_totals"})
    for problem in report["errors"]:
        yield Finding(
            tool="bandit",
            rule="parse-error",
            severity=Severity.ERROR,
            message=problem["reason"],
            path=shard.path(problem["filename"]),
        )
    for issue in report["results"]:
        yield _finding(shard.path(issue["filename"]), issue)


def _check_complete(job: Job, scanned: set[str]) -> None:
    missing = sorted(set(job.files) - scanned)
    if missing and _configuration(job) == ["--exclude=//"]:
        raise ToolOutputError(f"it said nothing about {missing[0]!r}")


def _finding(path: str, issue: dict[str, Any]) -> Finding:
    line, lines = issue["line_number"], issue["line_range"]
    # The columns are those of the first and the last line of the statement.
    starts_here, ends_here = line == lines[0], lines[0] == lines[-1]
    return Finding(
        tool="bandit",
        rule=issue["test_id"],
        severity=_SEVERITIES.get(issue["issue_severity"], Severity.INFO),
        message=one_line(issue["issue_text"]),
        path=path,
        line=line,
        column=_column(issue, issue["col_offset"]) if starts_here else 0,
        end_line=max(line, lines[-1]),
        end_column=_column(issue, issue["end_col_offset"]) if starts_here and ends_here else 0,
    )


def _column(issue: dict[str, Any], offset: int) -> int:
    """The column in characters of an offset in UTF-8 bytes; bandit quotes the line itself."""
    quoted = re.search(rf"^{issue['line_number']} (.*)$", issue["code"], re.MULTILINE)
    if quoted is None or offset < 0:
        return 0
    return len(quoted[1].encode()[:offset].decode("utf-8", "ignore")) + 1


TOOL = Tool(
    name="bandit",
    kind=Kind.SECURITY,
    summary="Security problems in Python code",
    url="https://bandit.readthedocs.io/",
    files=PYTHON_FILES,
    scope=Scope.FILE,
    executable=PythonModule("bandit", distribution="bandit"),
    command=command,
    parse=parse,
    config_files=("pyproject.toml", "bandit.yaml", ".bandit"),
    cost=Cost(startup=0.15, per_kib=0.002),
    samples=(
        Sample(
            title="a shell command put together from input",
            files={"a.py": "import subprocess\n\nsubprocess.call('ls ' + input(), shell=True)\n"},
            expected=(("a.py", "B404", 1), ("a.py", "B602", 3)),
        ),
        Sample(
            title="a file that does not parse",
            files={"broken.py": "def f(:\n"},
            expected=(("broken.py", "parse-error", 0),),
        ),
    ),
)
