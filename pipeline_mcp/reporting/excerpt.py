"""A line of source with the spans that findings mark in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.text import Text

from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.reporting.sanitise import visible_code

_GUTTER_WIDTH = 6
_ELLIPSIS = "…"
# How much of a long line stands before the first mark, in characters.
_LEAD = 20
_SHORTEST = 40

Span = tuple[int, int]


def excerpt(line: str, findings: Sequence[Finding], *, width: int, style: str) -> list[Text]:
    """The line with its number, and carets under the spans; all findings are on this line.

    Columns count characters from 1. A line wider than `width` cells is cut around its first
    span. Without a column there are no carets.
    """
    room = max(width - _GUTTER_WIDTH - 3, _SHORTEST)
    spans = _spans(line, findings)
    line, spans = _cut(line, spans, room)
    rows = [_row(str(findings[0].line), visible_code(line))]
    marks = _marks(line, spans)
    if marks:
        rows.append(_row("", marks, style))
    return rows


def _row(label: str, text: str, style: str = "") -> Text:
    gutter = (f"{label:>{_GUTTER_WIDTH}} │ ", "dim")
    return Text.assemble(gutter, (text.rstrip(), style))


def _spans(line: str, findings: Iterable[Finding]) -> list[Span]:
    """Half-open spans of character indices within the line, sorted."""
    spans = set()
    for finding in findings:
        if not 1 <= finding.column <= len(line) + 1:
            continue
        start, end = finding.column - 1, finding.column
        if finding.end_line > finding.line:
            end = len(line)
        elif finding.end_line == finding.line:
            end = finding.end_column - 1
        spans.add((start, max(min(end, len(line)), start + 1)))
    return sorted(spans)


def _cut(line: str, spans: Sequence[Span], room: int) -> tuple[str, list[Span]]:
    """The part of a long line around its first span, and the spans that are left in it.

    `room` is in cells; the ellipses at both ends count.
    """
    if cell_len(visible_code(line)) <= room:
        return line, list(spans)
    window = room - 2 * len(_ELLIPSIS)
    first = spans[0][0] if spans else 0
    start = max(min(first - _LEAD, len(line) - window), 0)
    end = min(start + window, len(line))
    while cell_len(visible_code(line[start:end])) > window:
        end -= 1
    head, tail = _ELLIPSIS if start else "", _ELLIPSIS if end < len(line) else ""
    shift = len(head) - start
    visible_spans = [
        (max(low, start) + shift, min(high, end) + shift)
        for low, high in spans
        if low < end and high > start
    ]
    return f"{head}{line[start:end]}{tail}", visible_spans


def _marks(line: str, spans: Iterable[Span]) -> str:
    """Carets below the spans as they look on a terminal: tabs and wide characters count."""
    marked: set[int] = set()
    for low, high in spans:
        first, last = cell_len(visible_code(line[:low])), cell_len(visible_code(line[:high]))
        marked.update(range(first, max(last, first + 1)))
    return "".join("^" if cell in marked else " " for cell in range(max(marked, default=-1) + 1))
