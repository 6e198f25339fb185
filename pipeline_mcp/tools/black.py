"""black: the formatter, asked only whether it would change a file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

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
from pipeline_mcp.tools.diffs import first_changes
from pipeline_mcp.tools.executables import PythonModule

_REFORMAT = "would reformat "
_WELL_FORMATTED = " already well formatted, good job."
_EXCLUDED = " ignored: matches the --force-exclude regular expression"
_UNPARSABLE = re.compile(r"error: (cannot parse[^:]*): (.+):(\d+):(\d+)", re.DOTALL)
_FAILED = "error: cannot format "
_NOT_ABOUT_THE_FILE = ("INTERNAL ERROR", "[Errno ")
_SAID_LINE = re.compile(r"\(<unknown>, line (\d+)\)")


def command(job: Job) -> list[str]:
    """Check the shard; `--verbose` accounts for every file, the diff says where."""
    options = ["--check", "--diff", "--no-color", "--verbose", *_common(job)]
    return [*options, *job.arguments, "--", *job.targets]


def fix_command(job: Job) -> list[str]:
    """Rewrite the files of the shard."""
    return ["--quiet", *_common(job), *job.arguments, "--", *job.targets]


def _common(job: Job) -> list[str]:
    """One worker, and the root's configuration.

    black looks for its configuration where the files it is given have their common parent: named
    here, it is the same for every shard.
    """
    has_one = (job.root / "pyproject.toml").is_file()
    configuration = "./pyproject.toml" if has_one else os.devnull
    options = ["--workers=1", f"--config={configuration}"]
    exclude = _exclude(pyproject_table(job.root, "black") or {})
    return [*options, f"--force-exclude={exclude}"] if exclude else options


def _exclude(table: dict[str, object]) -> str:
    """What black leaves out by itself, as the one pattern that counts for files named to it."""
    keys = ("exclude", "extend-exclude", "extend_exclude", "force-exclude", "force_exclude")
    patterns = [table[key] for key in keys if table.get(key)]
    # black reads a pattern that holds a line break as a verbose one, the whole of it.
    return "|".join(f"(?x:{one}\n)" if "\n" in str(one) else f"(?-x:{one})" for one in patterns)


def parse(job: Job, completed: Completed) -> Iterator[Finding]:
    """A finding per file that would change and per file that does not parse.

    Raises:
        ToolOutputError: a file is not accounted for, or black failed by itself.
    """
    completed.expect(0, 1, 123)
    changes = first_changes(completed.stdout)
    report = _Report(job)
    lines = report.fold(completed.stderr).split("\n")
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        finding = report.read(line, following, changes)
        if finding is not None:
            yield finding
    report.check(completed)


class _Report:
    """Reads black's lines and keeps count of the files that they speak of."""

    def __init__(self, job: Job) -> None:
        self._files = {_folded(path): path for path in job.files}
        self._open = set(job.files)

    def fold(self, text: str) -> str:
        """The text with every name on one line."""
        for folded, path in self._files.items():
            if folded != path:
                text = text.replace(path, folded)
        return text

    def read(self, line: str, following: str, changes: dict[str, int]) -> Finding | None:
        """What the line says is wrong; lines that speak of no file of the shard say nothing."""
        if line.startswith(_REFORMAT) and (path := self._take(line.removeprefix(_REFORMAT))):
            return _reformat(path, changes.get(path, 0))
        if line.startswith(_FAILED):
            return self._failed(line.removeprefix(_FAILED))
        if (match := _UNPARSABLE.fullmatch(line)) and (path := self._take(match[2])):
            message = f"{match[1]}: {following.strip()}"
            return _parse_error(path, message, int(match[3]), int(match[4]) + 1)
        for ending in (_WELL_FORMATTED, _EXCLUDED):
            if line.endswith(ending):
                self._take(line.removesuffix(ending))
        return None

    def _failed(self, said: str) -> Finding | None:
        """`name: reason`, where the name may hold colons too."""
        for colon in re.finditer(": ", said):
            reason = said[colon.end() :]
            if path := self._take(said[: colon.start()]):
                if reason.startswith(_NOT_ABOUT_THE_FILE):
                    raise ToolOutputError(f"it failed on {path!r}: {reason}")
                place = _SAID_LINE.search(reason)
                return _parse_error(path, _SAID_LINE.sub("", reason), int(place[1]) if place else 0)
        return None

    def _take(self, printed: str) -> str:
        """The file of that name, which must not have been spoken of; empty if there is none."""
        path = self._files.get(printed, "")
        if path:
            if path not in self._open:
                raise ToolOutputError(f"it spoke twice of {path!r}")
            self._open.remove(path)
        return path

    def check(self, completed: Completed) -> None:
        """Raise `ToolOutputError` if a file was passed over in silence."""
        if self._open:
            said = completed.stderr.strip()[-800:]
            raise ToolOutputError(f"it did not speak of {min(self._open)!r}: {said or 'silent'}")


def _folded(path: str) -> str:
    return path.replace("\n", "\0")


def _reformat(path: str, line: int) -> Finding:
    return Finding(
        tool="black",
        rule="reformat",
        severity=Severity.WARNING,
        message="black would reformat this file",
        path=path,
        line=line,
        fixable=True,
    )


def _parse_error(path: str, message: str, line: int, column: int = 0) -> Finding:
    return Finding(
        tool="black",
        rule="parse-error",
        severity=Severity.ERROR,
        message=message.strip(),
        path=path,
        line=line,
        column=column,
    )


TOOL = Tool(
    name="black",
    kind=Kind.FORMAT,
    summary="The uncompromising Python formatter",
    url="https://black.readthedocs.io/",
    files=PYTHON_FILES,
    scope=Scope.FILE,
    executable=PythonModule("black", distribution="black"),
    command=command,
    parse=parse,
    fix_command=fix_command,
    config_files=("pyproject.toml",),
    cost=Cost(startup=0.13, per_kib=0.01),
    samples=(
        Sample(
            title="a file that black would change from its second line on",
            files={"a.py": 'ONE = 1\nTWO = {  "a":2 }\n', "good.py": "ONE = 1\n"},
            expected=(("a.py", "reformat", 2),),
        ),
        Sample(
            title="a file that does not parse",
            files={"broken.py": "x = 1\ndef f(:\n"},
            expected=(("broken.py", "parse-error", 2),),
        ),
        Sample(
            title="a file that the repository excludes",
            files={
                "pyproject.toml": "[tool.black]\nextend-exclude = '/generated/'\n",
                "generated/a.py": "x  = 1\n",
            },
            expected=(),
        ),
    ),
)
