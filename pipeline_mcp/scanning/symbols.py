"""The classes and functions of a Python file, and which of them a line lies in."""

from __future__ import annotations

import ast
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator

# First line, last line, qualified name.
Symbol = tuple[int, int, str]

# So many files are remembered by their content: every tool speaks of the same files in turn.
_MOST_FILES = 5_000
_known: OrderedDict[bytes, tuple[Symbol, ...]] = OrderedDict()
_lock = threading.Lock()

_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")


def symbols(text: str) -> tuple[Symbol, ...]:
    """All symbols of a file's text, outer ones before what they hold; none if it does not parse."""
    key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    with _lock:
        if key in _known:
            _known.move_to_end(key)
            return _known[key]
    found = tuple(sorted(_find(text), key=lambda symbol: (symbol[0], -symbol[1])))
    with _lock:
        _known[key] = found
        if len(_known) > _MOST_FILES:
            _known.popitem(last=False)
    return found


def enclosing(known: tuple[Symbol, ...], line: int) -> str:
    """The innermost of the symbols that the line lies in, or nothing."""
    inner = ""
    for start, end, name in known:
        if start > line:
            break
        if line <= end:
            inner = name
    return inner


def _find(text: str) -> Iterator[Symbol]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # what does not parse has no symbols; tools say so in their findings
    todo: list[tuple[ast.AST, str]] = [(tree, "")]
    while todo:
        node, prefix = todo.pop()
        for child in _statements(node):
            name = prefix
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = f"{prefix}.{child.name}" if prefix else child.name
                yield child.lineno, child.end_lineno or child.lineno, name
            todo.append((child, name))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """What may hold a definition: expressions, which are most of a tree, never do."""
    for field in _BODIES:
        inner = getattr(node, field, None)
        if isinstance(inner, list):
            yield from inner
