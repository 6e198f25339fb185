"""A session's report, and the text that its findings point into."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, RowMapping

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import (
    applications,
    candidates,
    findings,
    lines,
    manifests,
    sessions,
    stages,
    units,
)
from pipeline_mcp.db.engine import reading
from pipeline_mcp.domain.report import Report, ToolRun
from pipeline_mcp.domain.session import SessionView, Stage
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.errors import BlobMissingError
from pipeline_mcp.sessions.fixes import fixes_of
from pipeline_mcp.sessions.line import line_notices
from pipeline_mcp.workspace.stores import blob_store

# Form feeds and the like end a line for `str.splitlines`, but not for the tools that count.
_LINE_END = re.compile(r"\r\n|\r|\n")
_WORST_FIRST = (Outcome.TOOL_ERROR, Outcome.TIMEOUT, Outcome.OK, Outcome.SKIPPED)


def report(session_id: str) -> Report:
    """All that the session has found so far.

    Raises:
        UnknownSessionError: there is no such session.
    """
    with reading() as connection:
        session = sessions.view(connection, session_id)
        snapshot_id = _snapshot_of(connection, session)
        ran = units.summaries(connection, session_id)
        found = tuple(findings.all_of(connection, session_id))
        return Report(
            session_id=session_id,
            status=session.status,
            workspace=session.workspace,
            snapshot=snapshot_id,
            created_at=session.created_at,
            duration_seconds=(session.finished_at or session.updated_at) - session.created_at,
            files=0 if snapshot_id is None else manifests.count(connection, snapshot_id),
            units=len(ran),
            units_cached=sum(unit["cached"] for unit in ran),
            findings=found,
            tools=_tool_runs(ran),
            skipped_files=stages.skipped_files(connection, session_id),
            notices=(
                *session.request.notices,
                *_plan_notices(connection, session_id),
                *line_notices(found, lines.name(connection, session_id)),
            ),
            error=session.error,
            fail_on=session.request.fail_on,
            fixes=fixes_of(connection, session_id) if session.request.fix else None,
            application=applications.latest(connection, session_id),
        )


def sources(session_id: str) -> Callable[[str], Sequence[str] | None]:
    """A function from a path to the file's lines in the session's snapshot, or None."""
    with reading() as connection:
        session = sessions.view(connection, session_id)
        snapshot_id = _snapshot_of(connection, session)
        if snapshot_id is None:
            return lambda path: None
        rows = manifests.load(connection, snapshot_id).rows
    digests = {row.path: row.sha256 for row in rows}
    store = blob_store(settings())

    def lines(path: str) -> Sequence[str] | None:
        if path not in digests:
            return None
        try:
            # Tools do not count a byte-order mark.
            text = store.get(digests[path]).decode("utf-8-sig", "replace")
        except BlobMissingError:
            return None  # expired: the finding stands, its excerpt is gone
        return _LINE_END.split(text)

    return lines


def _snapshot_of(connection: Connection, session: SessionView) -> str | None:
    """The snapshot that the findings are about: the one with the accepted fixes."""
    if session.request.fix is None:
        return session.snapshot_id
    row = sessions.get(connection, session.session_id)
    return candidates.snapshot_of(connection, row, row["good_cycle"])


def _tool_runs(ran: Sequence[RowMapping]) -> tuple[ToolRun, ...]:
    by_tool: defaultdict[str, list[RowMapping]] = defaultdict(list)
    for unit in ran:
        by_tool[unit["tool"]].append(unit)
    return tuple(_tool_run(tool, by_tool[tool]) for tool in sorted(by_tool))


def _tool_run(tool: str, ran: Sequence[RowMapping]) -> ToolRun:
    outcomes = {unit["outcome"] for unit in ran}
    reasons = sorted({unit["reason"] for unit in ran if unit["reason"]})
    cached = [unit for unit in ran if unit["cached"]]
    return ToolRun(
        tool=tool,
        version=next((unit["tool_version"] for unit in ran if unit["tool_version"]), "unknown"),
        outcome=next((str(one) for one in _WORST_FIRST if one in outcomes), "unfinished"),
        units=len(ran),
        cached=len(cached),
        files=sum(unit["file_count"] for unit in ran),
        files_cached=sum(unit["file_count"] for unit in cached),
        cpu_seconds=round(sum(unit["cpu_seconds"] or 0.0 for unit in ran), 3),
        wall_seconds=round(sum(unit["wall_seconds"] or 0.0 for unit in ran), 3),
        findings=sum(unit["findings"] or 0 for unit in ran),
        error="; ".join(reasons) or None,
    )


def _plan_notices(connection: Connection, session_id: str) -> tuple[str, ...]:
    stage = stages.get(connection, session_id, Stage.PLAN)
    detail = (stage["detail"] if stage else None) or {}
    return tuple(detail.get("notices", ()))
