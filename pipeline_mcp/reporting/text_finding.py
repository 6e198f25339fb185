"""One finding for people, and the line of source below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from pipeline_mcp.domain.finding import SEVERITY_ORDER, Finding, Severity
from pipeline_mcp.reporting.excerpt import excerpt
from pipeline_mcp.reporting.sanitise import one_line, visible, visible_lines
from pipeline_mcp.reporting.wrapping import hanging

_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_PLACE_WIDTH = 9
_SEVERITY_WIDTH = 9


def line_of_findings(
    console: Console,
    line: int,
    findings: Sequence[Finding],
    source: Sequence[str] | None,
    *,
    wrap: bool,
) -> Iterator[Text]:
    """All that is said of one line of a file, then the line once, if `source` has it."""
    for finding in findings:
        yield from _finding(console, finding, wrap=wrap)
    if source is not None and 1 <= line <= len(source):
        worst = min(findings, key=lambda one: SEVERITY_ORDER[one.severity])
        style = _STYLES[worst.severity]
        yield from excerpt(source[line - 1], findings, width=console.width, style=style)


def _finding(console: Console, finding: Finding, *, wrap: bool) -> Iterator[Text]:
    lead = Text.assemble(
        "  ",
        (f"{_place(finding):<{_PLACE_WIDTH}}", "dim"),
        (f"{finding.severity.value:<{_SEVERITY_WIDTH}}", _STYLES[finding.severity]),
    )
    first, *more = visible_lines(finding.message)
    body = Text.assemble(first, "  ", (f"{visible(finding.tool)} {visible(finding.rule)}", "dim"))
    if finding.fixable:
        body.append("  fixable", "green")
    if not finding.is_new:
        by = f": {one_line(finding.known_by)}" if finding.known_by else ""
        body.append(f"  known{by}", "dim italic")
    yield from hanging(console, lead, body, wrap=wrap)
    for said in more:
        yield from hanging(console, Text(" " * lead.cell_len), Text(said), wrap=wrap)


def _place(finding: Finding) -> str:
    numbers = [finding.line, finding.column] if finding.column else [finding.line]
    return ":".join(str(number) for number in numbers if number)
