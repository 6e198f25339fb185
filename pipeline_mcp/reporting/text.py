"""The report for people: findings by file with the source, a table of the tools, a verdict."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from rich.console import Console
from rich.text import Text

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.reporting.excerpt import excerpt
from pipeline_mcp.reporting.sanitise import visible, visible_lines
from pipeline_mcp.reporting.selection import Selection, select
from pipeline_mcp.reporting.text_summary import facts, left_out, notes, tool_table
from pipeline_mcp.reporting.verdict import verdict
from pipeline_mcp.reporting.wording import count

ColourSystem = Literal["auto", "standard", "256", "truecolor", "windows"]
Sources = Callable[[str], Sequence[str] | None]

DEFAULT_LIMIT = 200
_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_VERDICT_STYLES = {SessionStatus.PASSED: "bold green", SessionStatus.FAILED: "bold red"}
_INDENT = 2
_PLACE_WIDTH = 8


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How the text is to look.

    `width` in cells, for the table and for cutting source lines; `colours` is rich's name of a
    colour system, or None. `limit` is the most findings to show, `known` shows those of the
    baseline too.
    """

    width: int = 100
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
    for line in _lines(report, selection, sources, style):
        console.print(line, soft_wrap=True)
    if report.tools:
        console.print(tool_table(report))
    for line in _ending(report, selection):
        console.print(line, soft_wrap=True)
    return "\n".join(line.rstrip(" ") for line in output.getvalue().split("\n"))


def _lines(
    report: Report, selection: Selection, sources: Sources, style: TextStyle
) -> Iterator[Text]:
    for number, (path, findings) in enumerate(selection.files):
        if number:
            yield Text()
        yield _heading(path, len(findings))
        source = sources(path) if path else None
        for line, group in groupby(findings, lambda one: one.line):
            yield from _place(line, list(group), source, style)


def _heading(path: str, number: int) -> Text:
    title = visible(path) if path else "The whole program"
    return Text.assemble((title, "bold underline"), "  ", (count(number, "finding"), "dim"))


def _place(
    line: int, findings: Sequence[Finding], source: Sequence[str] | None, style: TextStyle
) -> Iterator[Text]:
    """All that is said of one line, then the line once."""
    for finding in findings:
        yield from _finding(finding)
    if source is not None and 1 <= line <= len(source):
        worst = min(findings, key=lambda one: list(Severity).index(one.severity))
        colour = _STYLES[worst.severity]
        yield from excerpt(source[line - 1], findings, width=style.width, style=colour)


def _finding(finding: Finding) -> Iterator[Text]:
    numbers = [finding.line, finding.column] if finding.column else [finding.line]
    place = ":".join(str(number) for number in numbers if number)
    first, *more = visible_lines(finding.message)
    said = Text.assemble(
        " " * _INDENT,
        (f"{place:<{_PLACE_WIDTH}}", "dim"),
        " ",
        (f"{finding.severity.value:<9}", _STYLES[finding.severity]),
        first,
        "  ",
        (f"{visible(finding.tool)} {visible(finding.rule)}", "dim"),
    )
    if finding.fixable:
        said.append("  fixable", "green")
    if not finding.is_new:
        said.append("  known", "dim italic")
    yield said
    for line in more:
        yield Text(" " * (_INDENT + _PLACE_WIDTH + 10) + line)


def _ending(report: Report, selection: Selection) -> Iterator[Text]:
    yield from notes(report)
    yield from left_out(report, selection)
    yield facts(report)
    yield Text(verdict(report), _VERDICT_STYLES.get(report.status, "bold yellow"))


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
