"""isort: the order of imports."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
from pipeline_mcp.tools.diffs import first_changes
from pipeline_mcp.tools.executables import PythonModule
from pipeline_mcp.tools.output import Shard

_MARK = "\x1e"
_ERROR = re.compile(f"{_MARK}(.*?){_MARK}", re.DOTALL)
_UNSORTED = " Imports are incorrectly sorted and/or formatted."
_NONE_READABLE = "No valid encodings."
_BAD_ENCODING = "Encoding not supported for "
_UNREADABLE = "Unable to parse file "
_BAD_CONFIGURATION = "Failed to pull configuration information from "

# The root's configuration for every shard: by itself, isort takes that of the first file named.
# --filter-files: what the repository's configuration skips is skipped, although it is named.
_COMMON = ("--settings-path=.", "--filter-files")


def command(job: Job) -> list[str]:
    """Check the shard; `--verbose`, or a file of unknown encoding is passed over in silence."""
    marked = f"--format-error={_MARK}{{message}}{_MARK}"
    options = ["--check-only", "--diff", "--verbose", marked, *_COMMON]
    return [*options, *job.arguments, "--", *job.targets]


def fix_command(job: Job) -> list[str]:
    """Rewrite the files of the shard."""
    return ["--quiet", *_COMMON, *job.arguments, "--", *job.targets]


def parse(job: Job, completed: Completed) -> Iterator[Finding]:
    """A finding per file whose imports would change and per file that cannot be decoded.

    Raises:
        ToolOutputError: isort stopped before its end, or could not read its configuration.
    """
    completed.expect(0, 1)
    if _BAD_CONFIGURATION in completed.stderr:
        completed.expect()
    unread = list(_unread(job, completed))
    unsorted = list(_unsorted(Shard(job), completed))
    # Anything that stops isort ends it with 1 as well.
    if completed.exit_code == 1 and not unsorted and _NONE_READABLE not in completed.stderr:
        completed.expect(0)
    yield from unread
    yield from unsorted


def _unsorted(shard: Shard, completed: Completed) -> Iterator[Finding]:
    changes = first_changes(completed.stdout)
    for message in _ERROR.findall(completed.stderr):
        if message == _NONE_READABLE:
            continue
        if not message.endswith(_UNSORTED):
            raise ToolOutputError(f"it stopped: {message}")
        name = message.removesuffix(_UNSORTED)
        yield Finding(
            tool="isort",
            rule="unsorted-imports",
            severity=Severity.WARNING,
            message=_UNSORTED.strip().removesuffix("."),
            path=shard.path(name),
            line=changes.get(name, 0),
            fixable=True,
        )


def _unread(job: Job, completed: Completed) -> Iterator[Finding]:
    """isort goes on without a file that it cannot read, and warns on stderr alone."""
    stderr = completed.stderr
    warnings = stderr.count(_UNREADABLE) + stderr.count(_BAD_ENCODING)
    if not warnings:
        return
    for path, target in zip(job.files, job.targets, strict=True):
        _, unreadable, after = stderr.partition(f"{_UNREADABLE}{target} due to ")
        if unreadable:
            warnings -= 1
            yield _parse_error(path, after.partition("\n")[0])
        elif f"{_BAD_ENCODING}{target}\n" in stderr:
            warnings -= 1
            yield _parse_error(path, "its encoding is unknown, or not the one it says")
    if warnings:
        completed.expect()


def _parse_error(path: str, reason: str) -> Finding:
    return Finding(
        tool="isort",
        rule="parse-error",
        severity=Severity.ERROR,
        message=reason,
        path=path,
    )


TOOL = Tool(
    name="isort",
    kind=Kind.FORMAT,
    summary="The order of Python imports",
    url="https://isort.readthedocs.io/",
    files=PYTHON_FILES,
    # Whether a module is the repository's own depends on which other files there are.
    scope=Scope.CONTEXT,
    executable=PythonModule("isort", distribution="isort"),
    command=command,
    parse=parse,
    fix_command=fix_command,
    config_files=(".isort.cfg", "pyproject.toml", "setup.cfg", "tox.ini", ".editorconfig"),
    cost=Cost(startup=0.07, per_kib=0.0003),
    samples=(
        Sample(
            title="imports in the wrong order",
            files={"a.py": "import json\nimport sys\nimport os\n", "good.py": "import os\n"},
            expected=(("a.py", "unsorted-imports", 2),),
        ),
        Sample(
            title="a module of the repository stands apart from one of somebody else",
            files={"a.py": "import b\nimport yaml\n", "b.py": "ONE = 1\n"},
            expected=(("a.py", "unsorted-imports", 1),),
        ),
    ),
)
