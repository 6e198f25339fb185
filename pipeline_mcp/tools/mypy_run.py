"""Runs mypy over all files of a tree and prints what it says as JSON lines.

mypy's own command checks nothing at all when one file does not parse, or when two files have one
module name. Here the files that it refuses are set aside and said, and the others are checked.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mypy import api
from mypy.main import process_options

from pipeline_mcp.tools.mypy_layout import NAMELESS, Program, programs

_UNREADABLE = re.compile(r"(?P<file>.+?): error: (?P<message>Cannot (?:decode|read) file: .*)")


def main() -> int:
    """Check what the JSON file of the command line asks for: `options`, `files`.

    Gives 0 if every file was checked or named, else mypy's exit code, and then stderr says why.
    """
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    options = request["options"]
    # A repository's configuration may ask for more; Celery schedules, tools do not compete.
    os.environ["MYPY_NUM_WORKERS"] = "0"
    said: set[str] = set()
    for program in programs(_without_excluded(request["files"], options)):
        # mypy takes the directories in which module names begin from nowhere else.
        os.environ["MYPYPATH"] = os.pathsep.join(sorted(program.bases))
        code = _check(program, options, said)
        if code > 1:
            return code
    return 0


def _without_excluded(files: list[str], options: list[str]) -> list[str]:
    """The files that the configuration's `exclude` leaves; mypy applies it to directories only."""
    silent = io.StringIO()
    try:
        _, parsed = process_options([*options, "-c", "pass"], stdout=silent, stderr=silent)
        patterns = [re.compile(pattern) for pattern in parsed.exclude]
    except (SystemExit, re.error):
        return files  # the run itself meets the mistake again, and says it
    return [path for path in files if not _is_excluded(path, patterns)]


def _is_excluded(path: str, patterns: list[re.Pattern[str]]) -> bool:
    parts = path.split("/")
    directories = ["/".join(parts[:depth]) + "/" for depth in range(1, len(parts))]
    return any(pattern.search(shown) for pattern in patterns for shown in [*directories, path])


def _check(program: Program, options: list[str], said: set[str]) -> int:
    """Check the program, again without the files that mypy refuses until it refuses none."""
    files = dict.fromkeys(program.modules.values())
    nameless = program.modules.get(NAMELESS)
    if nameless is not None:
        reason = "its directory cannot be a package, so relative imports lead nowhere"
        _print([json.dumps(_refusal(nameless, reason, "not-checked"))], said)
        del files[nameless]
    while files:
        stdout, stderr, code = api.run([*options, *(f"./{path}" for path in files)])
        if code <= 1:
            _print(stdout.splitlines(), said)
            _warn(stderr, said)
            return code
        refused = [line for line in _refusals(stdout, stderr) if line["file"] in files]
        if not refused:
            sys.stderr.write(f"{_in_words(stdout)}\n{stderr}")
            return code
        _print([json.dumps(line) for line in refused], said)
        for line in refused:
            files.pop(line["file"], None)
    return 0


def _refusals(stdout: str, stderr: str) -> Iterator[dict[str, Any]]:
    """The errors that ended a run: those without a code, or about syntax."""
    for error in _errors(stdout):
        if error["code"] in (None, "syntax"):
            yield error | {"code": error["code"] or "not-checked"}
    for match in _UNREADABLE.finditer(stderr):
        yield _refusal(match["file"], match["message"], "syntax")


def _refusal(file: str, message: str, code: str) -> dict[str, Any]:
    nowhere = {"line": 0, "column": -1, "end_line": 0, "end_column": -1, "hint": None}
    return {"file": file, "message": message, "code": code, "severity": "error", **nowhere}


def _errors(stdout: str) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in stdout.splitlines() if line.startswith("{"))


def _in_words(stdout: str) -> str:
    return "\n".join(
        f"{error['file']}:{error['line']}: {error['message']}" for error in _errors(stdout)
    )


def _print(lines: list[str], said: set[str]) -> None:
    """Print what was not printed yet: two programs may share a file that both import."""
    for line in lines:
        if line.strip() and line not in said:
            said.add(line)
            sys.stdout.write(f"{line}\n")


def _warn(stderr: str, said: set[str]) -> None:
    if stderr.strip() and stderr not in said:
        said.add(stderr)
        sys.stdout.write(json.dumps({"warning": stderr}) + "\n")


if __name__ == "__main__":
    sys.exit(main())
