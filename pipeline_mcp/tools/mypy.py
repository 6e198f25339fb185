"""mypy: static types, checked over the whole program."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pipeline_mcp.domain.finding import Finding, Severity
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
from pipeline_mcp.tools.output import Shard, json_lines, one_line

_CONFIG_FILES = ("mypy.ini", ".mypy.ini", "pyproject.toml", "setup.cfg")

_OUTPUT = ("--output=json", "--no-error-summary", "--no-incremental", "--cache-dir=/dev/null")

# A module's name follows from the directories that the driver finds; what it does not find among
# the files is not searched elsewhere, so no file is ever met under two names.
_LAYOUT = ("--explicit-package-bases", "--namespace-packages", "--follow-imports=skip")

# The project's dependencies are not here. Their imports are `Any` without a word, and so are
# silent the checks that complain of an `Any` that only a missing dependency causes.
_WITHOUT_DEPENDENCIES = (
    "--no-site-packages",
    "--ignore-missing-imports",
    "--allow-any-unimported",
    "--allow-subclassing-any",
    "--allow-untyped-decorators",
    "--no-warn-return-any",
    "--no-warn-unreachable",
    "--no-warn-unused-ignores",
    "--disable-error-code=annotation-unchecked",
)
# The same without an option or a code of their own: `X = Missing | None` as a type, and a function
# that ends with a call of a missing function that never returns.
_WITHOUT_DEPENDENCIES_SAID = re.compile(
    r'Variable ".*" is not valid as a type$|Implicit return in function which does not return$'
)


def command(job: Job) -> list[str]:
    """Check all files; with `--python-executable` that interpreter's packages count as well."""
    options = [*_OUTPUT, *_LAYOUT, *_WITHOUT_DEPENDENCIES, *job.arguments]
    if _has_dependencies(job):
        options.remove("--no-site-packages")
    request = job.scratch / "request.json"
    # A file: the list may be too long for a command line.
    request.write_text(json.dumps({"options": options, "files": job.files}), encoding="utf-8")
    return [str(request)]


def _has_dependencies(job: Job) -> bool:
    return any(argument.startswith("--python-executable") for argument in job.arguments)


def parse(job: Job, completed: Completed) -> Iterator[Finding]:
    """One finding per error or note, and one per file that mypy refused to check."""
    completed.expect(0)
    shard = Shard(job)
    for message in json_lines(completed):
        if "warning" in message:
            yield _warning(message["warning"])
        elif _has_dependencies(job) or not _WITHOUT_DEPENDENCIES_SAID.match(message["message"]):
            yield _finding(shard.path(message["file"]), message)


def _finding(path: str, message: dict[str, Any]) -> Finding:
    line, end_line = max(message["line"], 0), max(message["end_line"], 0)
    rule = message["code"] or "error"
    return Finding(
        tool="mypy",
        rule=rule,
        severity=_severity(rule, message["severity"]),
        message=_text(message),
        path=path,
        line=line,
        # Counted from 0, and -1 where there is none; the end is exclusive as ours is.
        column=message["column"] + 1 if line else 0,
        end_line=end_line,
        end_column=max(message["end_column"] + 1, 0) if end_line else 0,
    )


def _severity(rule: str, said: str) -> Severity:
    """mypy's own; a file that mypy cannot place in the program says nothing against the file."""
    if rule == "not-checked" or said == "note":
        return Severity.INFO
    return Severity.ERROR


def _text(message: dict[str, Any]) -> str:
    """The message with its notes behind it, in one line."""
    notes = "; ".join(one_line(note) for note in (message["hint"] or "").split("\n") if note)
    text = one_line(message["message"])
    return f"{text} ({notes})" if notes else text


def _warning(said: str) -> Finding:
    """mypy goes on without an option that it does not know, and says so on stderr alone."""
    return Finding(
        tool="mypy",
        rule="configuration",
        severity=Severity.WARNING,
        message=one_line(said),
        path="",
    )


TOOL = Tool(
    name="mypy",
    kind=Kind.TYPES,
    summary="Static types",
    url="https://mypy.readthedocs.io/",
    files=PYTHON_FILES,
    scope=Scope.PROGRAM,
    executable=PythonModule("mypy", distribution="mypy", driver="pipeline_mcp.tools.mypy_run"),
    command=command,
    parse=parse,
    config_files=_CONFIG_FILES,
    cost=Cost(startup=0.7, per_kib=0.002),
    samples=(
        Sample(
            title="a value of another type",
            files={"a.py": "number: int = 'one'\n"},
            expected=(("a.py", "assignment", 1),),
        ),
        Sample(
            title="a file that does not parse, beside one that does",
            files={"broken.py": "import a b\n", "a.py": "number: int = 'one'\n"},
            expected=(("a.py", "assignment", 1), ("broken.py", "syntax", 1)),
        ),
        Sample(
            title="two scripts of the same name, and a package below src",
            files={
                "01-first/main.py": "number: int = 'one'\n",
                "02-second/main.py": "number: int = 'two'\n",
                "src/pkg/__init__.py": "def size() -> int:\n    return 1\n",
                "tests/test_pkg.py": "from pkg import size\n\nname: str = size()\n",
            },
            expected=(
                ("01-first/main.py", "assignment", 1),
                ("02-second/main.py", "assignment", 1),
                ("tests/test_pkg.py", "assignment", 3),
            ),
        ),
    ),
)
