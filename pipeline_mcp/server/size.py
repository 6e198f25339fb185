"""Keep an answer within a context window, and free of what a reader would not see."""

from __future__ import annotations

import json
from typing import Any

from pipeline_mcp.reporting.sanitise import visible

# No answer is larger, as compact JSON in UTF-8: some 8,000 tokens.
MOST_BYTES = 32_000
# What an answer aims at that lists as much as there is room for.
ROOM_BYTES = 24_000
LONGEST_TEXT = 16_000

_ELLIPSIS = "…"

# Of what is cut, so much is left to hold the word on it.
_SLACK = 1_000
# A table all of whose values are smaller is one of numbers or names: it is cut as a whole.
_NUMBER_BYTES = 64


def size(document: Any) -> int:
    """Bytes of the document as compact JSON."""
    return len(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())


def clip(text: str, most: int) -> str:
    """`text`, or as much of it as takes at most `most` bytes with an ellipsis."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= most:
        return text
    kept = encoded[: most - len(_ELLIPSIS.encode())]
    return kept.decode("utf-8", "ignore") + _ELLIPSIS


def presentable(document: Any) -> Any:
    """The document with all its texts and keys visible, line ends and tabs left, and capped."""
    if isinstance(document, str):
        return clip(_visible_text(document), LONGEST_TEXT)
    if isinstance(document, dict):
        return {clip(visible(f"{key}"), 300): presentable(each) for key, each in document.items()}
    if isinstance(document, list | tuple):
        return [presentable(each) for each in document]
    return document


def bounded(results: dict[str, Any], most: int = MOST_BYTES) -> dict[str, Any]:
    """The results within `most` bytes: of what is largest in them the ends are left out.

    How much was left out is said under `omitted`, in items or characters: `{"findings": 120}`.
    """
    omitted: dict[str, int] = {}
    while size(results) > most - _SLACK and (way := _way_to_largest(results)):
        holder: Any = results
        for key in way[:-1]:
            holder = holder[key]
        whole = holder[way[-1]]
        holder[way[-1]] = kept = _first_half(whole)
        name = ".".join(map(str, way))
        omitted[name] = omitted.get(name, 0) + len(whole) - len(kept)
    return results | {"omitted": omitted} if omitted else results


def _first_half(whole: Any) -> Any:
    keep = len(whole) // 2
    return dict(list(whole.items())[:keep]) if isinstance(whole, dict) else whole[:keep]


def _way_to_largest(node: Any, way: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    """The keys that lead to the list, text or table of numbers that takes most room."""
    is_list = isinstance(node, list)
    if isinstance(node, str) or (is_list and len(node) > 1):
        return way
    inner = dict(enumerate(node)) if is_list else node if isinstance(node, dict) else {}
    if not inner:
        return ()
    sizes = {key: size(value) for key, value in inner.items()}
    largest = max(sizes, key=lambda key: sizes[key])
    if way and len(inner) > 1 and sizes[largest] < _NUMBER_BYTES:
        return way
    return _way_to_largest(inner[largest], (*way, largest))


def _visible_text(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    parts = ((visible(part) for part in line.split("\t")) for line in text.split("\n"))
    return "\n".join("\t".join(line) for line in parts)
