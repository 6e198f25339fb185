"""Runs mypy over all files of a tree and prints what it says as JSON lines.

mypy's own command checks nothing at all when one file does not parse, or when two files have one
module name. Here the files that it refuses are set aside and said, and the others are checked.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from mypy import api

from pipeline_mcp.config.process import set_variables
from pipeline_mcp.tools.mypy_layout import NAMELESS, Program, programs
from pipeline_mcp.tools.mypy_scope import configured_scope

_UNREADABLE = re.compile(r"(?P<file>.+?): error: (?P<message>Cannot (?:decode|read) file: .*)")


def main() -> int:
    """Check what the JSON file of the command line asks for: `options`, `files`.

    Gives 0 if every file was checked or named, else mypy's exit code, and then stderr says why.
    """
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    options = request["options"]
    # A repository's configuration may ask for more; Celery schedules, tools do not compete.
    set_variables(MYPY_NUM_WORKERS="0")
    scope = configured_scope(options)
    said = _Said(sys.stdout)
    for program in programs(path for path in request["files"] if not scope.is_excluded(path)):
        said.unwanted |= {
            path for name, path in program.modules.items() if not scope.is_wanted(path, name)
        }
        # mypy takes the directories in which module names begin from nowhere else.
        set_variables(MYPYPATH=os.pathsep.join(sorted(program.bases)))
        code = _check(program, options, said)
        if code > 1:
            return code
    return 0


class _Said:
    """What was printed: nothing twice, as two programs meet the same configuration, and nothing
    about files outside the configured scope, which are read for their types alone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: set[str] = set()
        self.unwanted: set[str] = set()

    def add(self, *messages: dict[str, Any]) -> None:
        for message in messages:
            line = json.dumps(message)
            if line not in self._lines and message.get("file") not in self.unwanted:
                self._lines.add(line)
                self._stream.write(f"{line}\n")


def _check(program: Program, options: list[str], said: _Said) -> int:
    """Check the program, again without the files that mypy refuses until it refuses none."""
    files = dict.fromkeys(program.modules.values())
    nameless = program.modules.get(NAMELESS)
    if nameless is not None:
        reason = "its directory cannot be a package, so relative imports lead nowhere"
        said.add(_refusal(nameless, reason, "not-checked"))
        del files[nameless]
    for name, path in program.modules.items():
        if "@" in name:  # mypy's own mark of what is local to a function, whose errors it drops
            reason = "it has an @ in its name, so mypy passes over its functions"
            said.add(_refusal(path, reason, "not-checked"))
    while files:
        stdout, stderr, code = api.run([*options, *(f"./{path}" for path in files)])
        if code <= 1:
            warning = [{"warning": stderr}] if stderr.strip() else []
            said.add(*_messages(stdout), *warning)
            return code
        refused = [error for error in _refusals(stdout, stderr) if error["file"] in files]
        if not refused:
            sys.stderr.write(f"{_in_words(stdout)}\n{stderr}")
            return code
        said.add(*refused)
        for error in refused:
            files.pop(error["file"], None)
    return 0


def _refusals(stdout: str, stderr: str) -> Iterator[dict[str, Any]]:
    """The errors that ended a run: those without a code, or about syntax."""
    for error in _messages(stdout):
        if error["code"] in (None, "syntax"):
            yield error | {"code": error["code"] or "not-checked"}
    for match in _UNREADABLE.finditer(stderr):
        yield _refusal(match["file"], match["message"], "syntax")


def _refusal(file: str, message: str, code: str) -> dict[str, Any]:
    nowhere = {"line": 0, "column": -1, "end_line": 0, "end_column": -1, "hint": None}
    return {"file": file, "message": message, "code": code, "severity": "error", **nowhere}


def _messages(stdout: str) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in stdout.splitlines() if line.strip())


def _in_words(stdout: str) -> str:
    return "\n".join(
        f"{error['file']}:{error['line']}: {error['message']}" for error in _messages(stdout)
    )


if __name__ == "__main__":
    sys.exit(main())
