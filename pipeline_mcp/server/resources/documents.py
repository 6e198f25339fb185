"""The documents of a session as text, none longer than a client can be expected to take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pipeline_mcp.domain.event import HistoryEntry
from pipeline_mcp.domain.query import FindingPage
from pipeline_mcp.domain.report import Report
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.reporting.document import report_document
from pipeline_mcp.reporting.history import history_line
from pipeline_mcp.reporting.json_format import json_text
from pipeline_mcp.reporting.sanitise import visible
from pipeline_mcp.reporting.sarif import sarif_report
from pipeline_mcp.reporting.session import page_document
from pipeline_mcp.reporting.visible_report import visible_finding, visible_report
from pipeline_mcp.server.resources.address import Document, address
from pipeline_mcp.server.shown_findings import UNTRUSTED

MOST_BYTES = 1_000_000
FINDINGS_A_PAGE = 100
LINES_A_PAGE = 500
# Of a report that is too long: so many files that were left out, to be an example.
_MOST_SKIPPED = 100


class TooLongError(PipelineError):
    """A document is longer than a client can be expected to take."""


def report_text(report: Report, *, current_stage: str) -> str:
    """The report as `run --format json` prints it, with the stage.

    One that is too long has the most urgent findings alone, says how many are missing in
    `findings_omitted`, and where they are.
    """
    shown = visible_report(report)
    whole = _report_text(shown, shown, current_stage)
    if _size(whole) <= MOST_BYTES:
        return whole
    urgent = sorted(shown.findings, key=lambda finding: finding.urgency)
    shortened = replace(shown, skipped_files=shown.skipped_files[:_MOST_SKIPPED])
    count = len(urgent)
    while True:
        kept = replace(shortened, findings=tuple(urgent[:count]))
        text = _report_text(shown, kept, current_stage)
        if _size(text) <= MOST_BYTES or count == 0:
            return text
        count = int(count * 0.9 * MOST_BYTES / _size(text))


def _report_text(whole: Report, kept: Report, current_stage: str) -> str:
    """The report `whole`, with the findings and skipped files of `kept`."""
    document = report_document(whole)
    shown = report_document(kept)
    document["findings"], document["skipped_files"] = shown["findings"], shown["skipped_files"]
    document["current_stage"] = current_stage
    document["untrusted"] = list(UNTRUSTED)
    omitted = len(whole.findings) - len(kept.findings)
    document["findings_omitted"] = omitted
    if omitted:
        document["notices"].append(
            f"The {len(kept.findings)} most urgent of {len(whole.findings)} findings are shown; "
            f"all of them, in pages: {address(whole.session_id, Document.FINDINGS)}"
        )
    return json_text(document)


def findings_text(session_id: str, page: FindingPage) -> str:
    """A page of findings as JSON; `next` is the address of the following one, null on the last."""
    shown = replace(page, findings=tuple(visible_finding(one) for one in page.findings))
    document: dict[str, Any] = page_document(session_id, shown)
    document["by_rule"] = {visible(rule): count for rule, count in page.counts.by_rule.items()}
    document["next"] = page.cursor and address(session_id, Document.FINDINGS, cursor=page.cursor)
    document["untrusted"] = list(UNTRUSTED)
    return json_text(document)


def sarif_text(report: Report, *, tool: str | None) -> str:
    """The findings as a SARIF log, of one tool alone if it is named.

    Raises:
        TooLongError: it has to be read in parts, or where the findings are paged.
    """
    shown = visible_report(report, exact_paths=True)
    if tool is not None:
        shown = replace(
            shown,
            findings=tuple(one for one in shown.findings if one.tool == tool),
            tools=tuple(run for run in shown.tools if run.tool == tool),
        )
    text = sarif_report(shown)
    if _size(text) <= MOST_BYTES:
        return text
    parts = (
        f"Read it tool by tool, as {address(report.session_id, Document.SARIF, tool='ruff')}, "
        if tool is None
        else ""
    )
    raise TooLongError(
        f"The SARIF log has {_size(text):,} bytes, more than {MOST_BYTES:,}.",
        next_step=f"{parts or 'Read '}the pages of "
        f"{address(report.session_id, Document.FINDINGS)}, or let "
        "`pipeline-mcp run --format sarif --output FILE` write it.",
    )


def log_text(session_id: str, entries: Sequence[HistoryEntry], *, start: int) -> str:
    """A page of the session's history, a line each; the last line says where the next page is."""
    lines = [history_line(entry) for entry in entries[start : start + LINES_A_PAGE]]
    following = start + LINES_A_PAGE
    if following < len(entries):
        lines.append(f"# more: {address(session_id, Document.LOG, cursor=str(following))}")
    return "".join(f"{line}\n" for line in lines)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
