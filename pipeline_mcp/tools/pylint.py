"""pylint: errors, refactoring and style over the whole program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.tools.columns import Columns
from pipeline_mcp.tools.contract import (
    Completed,
    Cost,
    FilePattern,
    Job,
    Kind,
    Sample,
    Scope,
    Tool,
)
from pipeline_mcp.tools.executables import PythonModule
from pipeline_mcp.tools.output import json_output

# `fatal` is pylint's own failure on one file: it stands among the findings and fails the gate.
_SEVERITIES = {
    "fatal": Severity.ERROR,
    "error": Severity.ERROR,
    "warning": Severity.WARNING,
    "refactor": Severity.INFO,
    "convention": Severity.INFO,
    "info": Severity.INFO,
}

# The exit code adds up 1, 2, 4, 8 and 16, one for each type of message; 32 is a usage error.
_MESSAGE_BITS = range(32)


def command(job: Job) -> list[str]:
    """Check all files at once."""
    options = ["--jobs=1", "--persistent=n", "--output-format=json2", "--score=n"]
    # What the program depends on need not be installed where it is linted, and `imports` finds
    # the imports that are broken inside of it.
    options.append("--disable=import-error")
    return [*options, *job.arguments, "--", *job.targets]


def parse(job: Job, completed: Completed) -> Iterator[Finding]:
    """One finding per message."""
    completed.expect(*_MESSAGE_BITS)
    columns = Columns(job.root)
    for message in json_output(completed)["messages"]:
        yield _finding(job, columns, message)


def _finding(job: Job, columns: Columns, message: dict[str, Any]) -> Finding:
    path, line = job.relative(message["path"]), message["line"]
    column, end_line, end_column = message["column"], message["endLine"], message["endColumn"]
    if message["symbol"] != "syntax-error":
        column += 1  # the others count from 0
    if end_line is not None:
        # Messages about a node take their columns from `ast`, the others count characters.
        column = columns.in_characters(path, line, column)
    if end_column is not None:
        end_column = columns.in_characters(path, end_line, end_column + 1)
    return Finding(
        tool="pylint",
        rule=message["symbol"],
        severity=_SEVERITIES[message["type"]],
        message=_without_root(job, message["message"]),
        path=path,
        line=line,
        column=column,
        end_line=end_line or 0,
        end_column=end_column or 0,
    )


def _without_root(job: Job, message: str) -> str:
    """The tree stands elsewhere in every run, and a message must not change with it."""
    for root in (job.root.resolve(), job.root):
        message = message.replace(f"{root}/", "")
    return message


TOOL = Tool(
    name="pylint",
    kind=Kind.LINT,
    summary="Python errors, refactoring and style",
    url="https://pylint.readthedocs.io/",
    # As pylint itself: a stub is not written in the style of a program.
    files=FilePattern(suffixes=(".py",)),
    scope=Scope.PROGRAM,
    executable=PythonModule("pylint", distribution="pylint"),
    command=command,
    parse=parse,
    config_files=(
        "pylintrc",
        "pylintrc.toml",
        ".pylintrc",
        ".pylintrc.toml",
        "pyproject.toml",
        "setup.cfg",
        "tox.ini",
    ),
    cost=Cost(startup=0.3, per_kib=0.022),
    samples=(
        Sample(
            title="an argument that nobody uses, in a module without a docstring",
            files={"a.py": 'def f(value):\n    """Say nothing."""\n\n\nf(2)\n'},
            expected=(("a.py", "missing-module-docstring", 1), ("a.py", "unused-argument", 1)),
        ),
        Sample(
            title="a call that another file shows to be wrong",
            files={
                "a.py": '"""A."""\n\n\ndef f():\n    """Say nothing."""\n',
                "b.py": '"""B."""\n\nimport a\n\na.f(1)\n',
            },
            expected=(("b.py", "too-many-function-args", 5),),
        ),
        Sample(
            title="a file that does not parse",
            files={"broken.py": "x = 1\ndef f(:\n"},
            expected=(("broken.py", "syntax-error", 2),),
        ),
    ),
)
