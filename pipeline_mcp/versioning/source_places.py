"""Where Python source writes the version: `__version__ = "1.2.3"`, `setup(version="1.2.3")`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from pipeline_mcp.versioning.spans import Span, span_of_position

_BYTE_ORDER_MARK = "\ufeff"
_MOST_CHARACTERS = 1024 * 1024


def assigned(text: str, name: str) -> list[tuple[str, Span]]:
    """The texts that the module assigns to `name` at its top level, each with its span.

    Raises:
        ValueError: the text is no Python of this interpreter.
    """
    found = []
    for statement in _parsed(text).body:
        for target, value in _assignments(statement):
            if isinstance(target, ast.Name) and target.id == name:
                found += _text(text, value)
    return found


def passed_to_setup(text: str) -> list[tuple[str, Span]]:
    """The version that `setup.py` gives to `setup()`, where it is written there as a text.

    Raises:
        ValueError: as `assigned`.
    """
    calls = [node for node in ast.walk(_parsed(text)) if isinstance(node, ast.Call)]
    keywords = [
        keyword
        for call in calls
        if ast.unparse(call.func).rpartition(".")[2] == "setup"
        for keyword in call.keywords
    ]
    given = [keyword.value for keyword in keywords if keyword.arg == "version"]
    return [place for value in given for place in _text(text, value)]


def _assignments(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(statement, ast.Assign):
        yield from ((target, statement.value) for target in statement.targets)
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        yield statement.target, statement.value


def _text(text: str, value: ast.expr) -> list[tuple[str, Span]]:
    """The span between the quotes, where what stands there is the value itself."""
    if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
        return []
    offset = len(_BYTE_ORDER_MARK) if text.startswith(_BYTE_ORDER_MARK) else 0
    whole = span_of_position(
        text[offset:],
        value.lineno,
        value.col_offset,
        value.end_lineno or value.lineno,
        value.end_col_offset or 0,
    )
    written = text[offset:][whole.start : whole.end]
    inner = re.fullmatch(r"""[uUrR]?('''|\"\"\"|'|")(.*)\1""", written, re.DOTALL)
    if inner is None or inner[2] != value.value:
        return []
    start = offset + whole.start + inner.start(2)
    return [(value.value, Span(start, start + len(value.value)))]


def _parsed(text: str) -> ast.Module:
    if len(text) > _MOST_CHARACTERS:
        raise ValueError(f"it has more than {_MOST_CHARACTERS} characters")
    try:
        return ast.parse(text.removeprefix(_BYTE_ORDER_MARK))
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError("it is no Python that this interpreter understands") from error
