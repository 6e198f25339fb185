"""Where exactly a value stands in a text, so that it can be replaced and nothing else."""

from __future__ import annotations

import bisect
import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

# A look-alike repeats a value a few times; a file made to keep us busy does so very often.
_MOST_CANDIDATES = 25
# No version: it can stand nowhere by chance.
_OTHER = "987654321.123456789"

Parse = Callable[[str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Span:
    """Positions in characters: `text[start:end]`."""

    start: int
    end: int


def line_of(text: str, span: Span) -> int:
    """The number of the line in which it begins, from 1."""
    return text.count("\n", 0, span.start) + 1


def span_of_key(text: str, key: tuple[str, ...], parse: Parse) -> Span | None:
    """Where the text value at `key` stands: the one place whose change changes that key alone.

    Found by trying, so every way to write a table is understood that `parse` understands.
    """
    document = parse(text)
    value = value_at(document, key)
    if not isinstance(value, str) or not value:
        return None
    expected = _replaced(document, key, _OTHER)
    for span in _candidates(text, value, key[-1]):
        if _parses_to(text[: span.start] + _OTHER + text[span.end :], expected, parse):
            return span
    return None


def value_at(document: Any, key: tuple[str, ...]) -> Any:
    """The value under the keys, or None where one of them is missing."""
    for name in key:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def span_of_position(text: str, line: int, column: int, end_line: int, end_column: int) -> Span:
    """The span of a node of `ast`: lines from 1, columns in UTF-8 bytes."""
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]
    return Span(
        starts[line - 1] + _characters(text, starts[line - 1], column),
        starts[end_line - 1] + _characters(text, starts[end_line - 1], end_column),
    )


def _characters(text: str, start: int, count: int) -> int:
    """How many characters from `start` on take `count` bytes."""
    sizes = [0]
    for character in text[start : start + count]:
        sizes.append(sizes[-1] + len(character.encode("utf-8", "surrogatepass")))
    return bisect.bisect_left(sizes, count)


def _candidates(text: str, value: str, name: str) -> Iterator[Span]:
    """Occurrences of the value; those on a line that names the key come first."""
    found = [Span(*match.span()) for match in re.finditer(re.escape(value), text)]
    found = found[: _MOST_CANDIDATES * 10]
    found.sort(key=lambda span: name not in _line_before(text, span))
    yield from found[:_MOST_CANDIDATES]


def _line_before(text: str, span: Span) -> str:
    return text[text.rfind("\n", 0, span.start) + 1 : span.start]


def _replaced(document: dict[str, Any], key: tuple[str, ...], value: str) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    value_at(changed, key[:-1])[key[-1]] = value
    return changed


def _parses_to(text: str, expected: dict[str, Any], parse: Parse) -> bool:
    try:
        return parse(text) == expected
    except ValueError:
        return False
