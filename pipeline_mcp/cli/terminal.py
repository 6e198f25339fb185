"""How a report is to look on this standard output."""

from __future__ import annotations

import sys
from typing import cast

from rich.console import Console

from pipeline_mcp.reporting.text import DEFAULT_LIMIT, ColourSystem, TextStyle

_PLAIN_WIDTH = 100


def text_style(*, to_file: bool, everything: bool, worst_first: bool) -> TextStyle:
    """Colours, width and a limit on a terminal; none of them in a file or a pipe."""
    console = Console(file=sys.stdout)
    is_terminal = console.is_terminal and not to_file
    has_colours = is_terminal and not console.no_color
    return TextStyle(
        width=console.width if is_terminal else _PLAIN_WIDTH,
        wrap=is_terminal,
        colours=cast("ColourSystem | None", console.color_system) if has_colours else None,
        limit=DEFAULT_LIMIT if is_terminal and not everything else None,
        known=everything,
        worst_first=worst_first,
    )
