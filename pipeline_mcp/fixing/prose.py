"""Comments, docstrings and plain text: where a word may be corrected without changing a program."""

from __future__ import annotations

import ast
import io
import posixpath
import tokenize
import warnings

from pipeline_mcp.fixing.document import LINE_END

_PROSE_SUFFIXES = (".md", ".markdown", ".rst", ".txt", ".adoc")
_PROSE_NAMES = frozenset({"README", "CHANGELOG", "CHANGES", "NEWS", "AUTHORS", "CONTRIBUTING"})
_HASH_COMMENTS = (".yaml", ".yml", ".toml", ".sh", ".bash", ".cfg", ".ini", ".conf", ".mk")
_PYTHON = (".py", ".pyi")

# First line, first column, last line, column after the last, all from 1.
Area = tuple[int, int, int, int]


class Prose:
    """Which places of one file are prose."""

    def __init__(self, path: str, text: str) -> None:
        self._everywhere = (
            path.endswith(_PROSE_SUFFIXES) or posixpath.basename(path) in _PROSE_NAMES
        )
        self._areas = _areas(path, text)

    def covers(self, line: int, column: int, end_line: int, end_column: int) -> bool:
        """True if the span lies in prose."""
        start, end = (line, column), (end_line, end_column)
        return self._everywhere or any(
            area[:2] <= start and end <= area[2:] for area in self._areas
        )


def _areas(path: str, text: str) -> list[Area]:
    if path.endswith(_PYTHON):
        return [*_python_comments(text), *_docstrings(text)]
    if path.endswith(_HASH_COMMENTS):
        lines = enumerate(LINE_END.split(text), 1)
        return [(n, 1, n, len(line) + 1) for n, line in lines if line.lstrip().startswith("#")]
    return []


def _python_comments(text: str) -> list[Area]:
    lines = iter(io.StringIO(text, newline=None).readline, "")
    comments: list[Area] = []
    try:
        for token in tokenize.generate_tokens(lambda: next(lines, "")):
            if token.type == tokenize.COMMENT:
                (line, column), (end_line, end_column) = token.start, token.end
                comments.append((line, column + 1, end_line, end_column + 1))
    except (tokenize.TokenError, SyntaxError):
        return []  # what does not parse is not touched anyway
    return comments


def _docstrings(text: str) -> list[Area]:
    """Strings that stand alone as a statement: nothing but documentation reads them."""
    lines = LINE_END.split(text)
    return [
        (
            node.lineno,
            _column(lines, node.lineno, node.col_offset),
            node.end_lineno or node.lineno,
            _column(lines, node.end_lineno or node.lineno, node.end_col_offset or 0),
        )
        for node in ast.walk(_parsed(text))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]


def _column(lines: list[str], line: int, byte_offset: int) -> int:
    """ast counts the bytes of UTF-8, from 0."""
    text = lines[line - 1] if line <= len(lines) else ""
    return len(text.encode()[:byte_offset].decode("utf-8", "ignore")) + 1


def _parsed(text: str) -> ast.AST:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module([], [])
