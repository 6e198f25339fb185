"""The report for people: findings by file with the source, a table of the tools, a verdict."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from rich.console import Console
from rich.text import Text

from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.reporting.sanitise import visible
from pipeline_mcp.reporting.selection import Selection, select
from pipeline_mcp.reporting.text_finding import line_of_findings
from pipeline_mcp.reporting.text_summary import facts, fix_notes, left_out, notes, tool_table
from pipeline_mcp.reporting.verdict import verdict
from pipeline_mcp.reporting.wording import count
from pipeline_mcp.reporting.wrapping import hanging

ColourSystem = Literal["auto", "standard", "256", "truecolor", "windows"]
Sources = Callable[[str], Sequence[str] | None]

DEFAULT_LIMIT = 200
_VERDICT_STYLES = {SessionStatus.PASSED: "bold green", SessionStatus.FAILED: "bold red"}


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How the text is to look.

    `width` in cells, for the table and for cutting source lines, and for all lines if `wrap`;
    `colours` is rich's name of a colour system, or None. `limit` is the most findings to show,
    `known` shows those of the baseline too.
    """

    width: int = 100
    wrap: bool = False
    colours: ColourSystem | None = None
    limit: int | None = None
    known: bool = False
    worst_first: bool = False


PLAIN = TextStyle()


def no_sources(path: str) -> Sequence[str] | None:
    """No file has a text: the report comes without excerpts."""
    return None


def text_report(report: Report, *, sources: Sources = no_sources, style: TextStyle = PLAIN) -> str:
    """All of it as text, with ANSI colours if `style` names some.

    `sources` gives a file's lines, or None where there is no text to show.
    """
    selection = select(report, limit=style.limit, known=style.known, worst_first=style.worst_first)
    output = io.StringIO()
    console = _console(output, style)
    for line in _findings(console, selection, sources, wrap=style.wrap):
        console.print(line, soft_wrap=True)
    if report.tools:
        console.print(tool_table(report))
    for line in _ending(console, report, selection, wrap=style.wrap):
        console.print(line, soft_wrap=True)
    return "\n".join(line.rstrip(" ") for line in output.getvalue().split("\n"))


def _findings(
    console: Console, selection: Selection, sources: Sources, *, wrap: bool
) -> Iterator[Text]:
    for number, (path, findings) in enumerate(selection.files):
        if number:
            yield Text()
        yield _heading(path, len(findings))
        source = sources(path) if path else None
        for line, group in groupby(findings, lambda one: one.line):
            yield from line_of_findings(console, line, list(group), source, wrap=wrap)


def _heading(path: str, number: int) -> Text:
    title = visible(path) if path else "The whole program"
    return Text.assemble((title, "bold underline"), "  ", (count(number, "finding"), "dim"))


def _ending(
    console: Console, report: Report, selection: Selection, *, wrap: bool
) -> Iterator[Text]:
    told = [*fix_notes(report), *notes(report)]
    for mark, sentence in told:
        yield from hanging(console, mark, sentence, wrap=wrap)
    if told:
        yield Text()
    for sentence in left_out(report, selection):
        yield from hanging(console, Text(), sentence, wrap=wrap)
    yield from hanging(console, Text(), facts(report), wrap=wrap)
    style = _VERDICT_STYLES.get(report.status, "bold yellow")
    yield from hanging(console, Text(), Text(verdict(report), style), wrap=wrap)


def _console(output: io.StringIO, style: TextStyle) -> Console:
    """A console that asks neither the terminal nor the environment: the caller has done that."""
    return Console(
        file=output,
        width=style.width,
        color_system=style.colours,
        no_color=style.colours is None,
        force_terminal=style.colours is not None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
