"""Long lines on a terminal: wrapped between words, below where their text begins."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

_NARROWEST = 30


def hanging(console: Console, lead: Text, body: Text, *, wrap: bool) -> Iterator[Text]:
    """`lead` and `body` as one line, or as several of the console's width if `wrap`."""
    if not wrap:
        yield lead + body
        return
    indent = lead.cell_len
    first, *more = body.wrap(console, max(console.width - indent, _NARROWEST))
    yield lead + first
    for line in more:
        yield Text(" " * indent) + line
