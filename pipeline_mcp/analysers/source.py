"""A Python file, read as the interpreter reads it, or the reason why it cannot be."""

from __future__ import annotations

import ast
import os
import tokenize
import warnings
from dataclasses import dataclass
from pathlib import Path

from pipeline_mcp.analysers.finding import Finding, Span

Located = ast.stmt | ast.expr | ast.alias


@dataclass(frozen=True, slots=True)
class Source:
    """A file that parses: `lines` without their ends, `tree` as `ast.parse` gives it."""

    path: str
    lines: list[str]
    tree: ast.Module

    def span(self, first: Located, last: Located) -> Span:
        """From the start of `first` to the end of `last`."""
        end_line = last.end_lineno or last.lineno
        return Span(
            first.lineno,
            self._column(first.lineno, first.col_offset),
            end_line,
            self._column(end_line, last.end_col_offset or 0),
        )

    def _column(self, line: int, offset: int) -> int:
        """`ast` counts bytes of UTF-8 from 0; people and editors count characters from 1."""
        return len(self.lines[line - 1].encode()[:offset].decode("utf-8", "ignore")) + 1


class UnreadableError(Exception):
    """A file cannot be parsed: at which line (1 if none is to blame), and why."""

    def __init__(self, path: str, reason: str, line: int = 1) -> None:
        super().__init__(f"{path}:{line}: {reason}")
        self.path, self.reason, self.line = path, reason, line

    def finding(self) -> Finding:
        """The file is not passed over in silence."""
        message = f"This file was not analysed: {self.reason}."
        return Finding("not-analysed", "info", message, self.path, Span(self.line, 1, self.line, 1))


def read_source(path: str) -> Source:
    """Read and parse `path`; encoding cookies and byte-order marks are honoured.

    Raises:
        UnreadableError: it cannot be read, decoded or parsed.
    """
    try:
        with tokenize.open(path) as file:
            text = file.read()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        reason = f"it is not valid Python here ({error.msg})"
        raise UnreadableError(path, reason, error.lineno or 1) from error
    except UnicodeDecodeError as error:
        raise UnreadableError(path, f"it is not valid {error.encoding}") from error
    except (RecursionError, MemoryError) as error:
        raise UnreadableError(path, "it is nested too deeply") from error
    # LookupError: a cookie that names no text encoding. ValueError: a null byte.
    except (OSError, LookupError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableError(path, f"it cannot be read ({reason})") from error
    return Source(path, text.split("\n"), tree)


def read_list(file: Path) -> list[str]:
    """The paths in `file`, each ended by a NUL byte, sorted."""
    return sorted(os.fsdecode(path) for path in file.read_bytes().split(b"\0") if path)
