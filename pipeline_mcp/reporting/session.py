"""Sessions and pages of findings, for programs and for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.query import FindingPage
from pipeline_mcp.domain.session import SessionView
from pipeline_mcp.reporting.document import finding_document, timestamp
from pipeline_mcp.reporting.sanitise import one_line, visible
from pipeline_mcp.reporting.wording import count, place, seconds


def session_document(session: SessionView) -> dict[str, Any]:
    """JSON-ready; times in UTC, see `timestamp`."""
    return {
        "session_id": session.session_id,
        "status": session.status.value,
        "stage": session.stage.value,
        "queue_position": session.queue_position,
        "units": {"done": session.units.done, "total": session.units.total},
        "created_at": timestamp(session.created_at),
        "updated_at": timestamp(session.updated_at),
        "finished_at": None if session.finished_at is None else timestamp(session.finished_at),
        "workspace": session.workspace,
        "snapshot": session.snapshot_id,
        "error": session.error,
    }


def session_text(session: SessionView) -> str:
    """Some lines that name and value; times in the local time zone."""
    rows = [
        ("session", session.session_id),
        ("status", _standing(session)),
        ("units", f"{session.units.done:,} of {session.units.total:,} done"),
        ("workspace", visible(session.workspace)),
        ("accepted", _local(session.created_at)),
    ]
    if session.finished_at is not None:
        took = seconds(session.finished_at - session.created_at)
        rows.append(("finished", f"{_local(session.finished_at)}, after {took}"))
    if session.error:
        rows.append(("error", one_line(session.error)))
    return "".join(f"{name:<10} {value}\n" for name, value in rows)


def sessions_text(sessions: Sequence[SessionView]) -> str:
    """One line per session: id, when it was accepted, how it stands, where."""
    if not sessions:
        return "There are no sessions yet.\n"
    return "".join(
        f"{one.session_id}  {_local(one.created_at)}  {_standing(one):<22}"
        f"  {visible(one.workspace)}\n"
        for one in sessions
    )


def page_document(session_id: str, page: FindingPage) -> dict[str, Any]:
    """JSON-ready; `cursor` is null on the last page, the counts are of all that match."""
    counts = page.counts
    return {
        "session_id": session_id,
        "total": counts.total,
        "new": counts.new,
        "by_severity": counts.by_severity,
        "by_tool": counts.by_tool,
        "by_rule": counts.by_rule,
        "cursor": page.cursor,
        "findings": [finding_document(finding) for finding in page.findings],
    }


def page_text(page: FindingPage) -> str:
    """One line per finding, `path:line:column: severity: message (tool rule)`."""
    return "".join(_finding_line(finding) for finding in page.findings)


def page_footer(page: FindingPage) -> str:
    """How many findings there are, how to see the next ones, and whether some have come since."""
    said = f"{count(page.counts.total, 'finding')} in all"
    if page.arrived > 0:
        said += f", {page.arrived:,} of them new since the first page"
    return said if page.cursor is None else f"{said}; the next ones: --cursor {page.cursor}"


def _finding_line(finding: Finding) -> str:
    rule = f"{visible(finding.tool)} {visible(finding.rule)}"
    known = "" if finding.is_new else ", known"
    severity = finding.severity.value
    return f"{place(finding)}: {severity}: {one_line(finding.message)} ({rule}{known})\n"


def _standing(session: SessionView) -> str:
    if session.queue_position is not None:
        return f"queued at position {session.queue_position}"
    return session.status if session.is_final else f"{session.status}, {session.stage}"


def _local(epoch_seconds: float) -> str:
    return datetime.fromtimestamp(epoch_seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")
