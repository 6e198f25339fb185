"""What adapters share in reading what a tool printed."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from typing import Any

from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.contract import Completed, Job

_PLACE = re.compile(r":(\d+)(?::(\d+))?: ")

# The longest path that Linux takes, and room for a message: more is not one entry.
_LONGEST_ENTRY = 16_384


def json_output(completed: Completed) -> Any:
    """What the tool printed, as JSON.

    Raises:
        ToolOutputError: it is not JSON.
    """
    try:
        return json.loads(completed.stdout)
    except json.JSONDecodeError as error:
        said = completed.stderr.strip()[-800:]
        raise ToolOutputError(f"it did not print JSON: {error}. {said}".rstrip(". ")) from error


def json_lines(completed: Completed) -> list[Any]:
    """What the tool printed, one JSON value a line; empty lines do not count.

    Raises:
        ToolOutputError: a line is not JSON.
    """
    try:
        return [json.loads(line) for line in completed.stdout.split("\n") if line.strip()]
    except json.JSONDecodeError as error:
        raise ToolOutputError(f"it printed a line that is not JSON: {error}") from error


def one_line(text: str) -> str:
    """The text without line breaks and runs of white space."""
    return " ".join(text.split())


class Shard:
    """The files of a job, found again by what a tool prints for them."""

    def __init__(self, job: Job) -> None:
        self._job = job
        # A name that is not UTF-8 comes back with its bad bytes replaced.
        self._known = {_printed(path): path for path in job.files}

    def path(self, printed: str) -> str:
        """The workspace path of a printed one.

        Raises:
            ToolOutputError: the tool was not asked about that file.
        """
        path = self._known.get(_printed(self._job.relative(printed)))
        if path is None:
            raise ToolOutputError(f"it spoke of {printed!r}, which it was not asked about")
        return path

    def entries(self, text: str) -> Iterator[tuple[str, int, int, str]]:
        """`(path, line, column, message)` of every `path:line: message` or `path:line:column: …`.

        A name may hold line breaks and colons, so an entry begins with a file of the shard and
        nothing else; the column is 0 where none was printed.

        Raises:
            ToolOutputError: something printed is no such entry.
        """
        pending = ""
        for line in text.split("\n"):
            pending = f"{pending}\n{line}" if pending else line
            found = self._split(pending)
            if found is not None:
                pending = ""
                yield found
            elif len(pending) > _LONGEST_ENTRY:
                break
        if pending.strip():
            raise ToolOutputError(f"it printed what is no finding: {pending.strip()[:800]}")

    def _split(self, entry: str) -> tuple[str, int, int, str] | None:
        for match in _PLACE.finditer(entry):
            path = self._known.get(posixpath.normpath(entry[: match.start()]))
            if path is not None:
                line, column = int(match[1]), int(match[2] or 0)
                return path, line, column, entry[match.end() :]
        return None


def _printed(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
