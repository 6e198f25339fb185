"""From the byte offsets of Python's `ast` to columns that people and editors count."""

from __future__ import annotations

import tokenize
from pathlib import Path


class Columns:
    """Reads each file at most once, and only for findings that ask."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lines: dict[str, list[str]] = {}

    def in_characters(self, path: str, line: int, byte_column: int) -> int:
        """The column, from 1, in characters; `byte_column`, from 1, counts bytes of UTF-8.

        It stays as it is where the file cannot be read as Python reads it.
        """
        lines = self._read(path)
        if not 0 < line <= len(lines) or byte_column < 1:
            return byte_column
        before = lines[line - 1].encode()[: byte_column - 1]
        # What the tool counted beyond the end of the line is left alone.
        return byte_column - len(before) + len(before.decode("utf-8", "ignore"))

    def _read(self, path: str) -> list[str]:
        if path not in self._lines:
            try:
                with tokenize.open(self._root / path) as file:
                    self._lines[path] = list(file)
            except (OSError, SyntaxError, ValueError, LookupError):
                self._lines[path] = []
        return self._lines[path]
