"""The ends: close the scan when its units are done, and give the session its final word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import RowMapping

from pipeline_mcp.db import (
    applications,
    candidates,
    costs,
    findings,
    manifests,
    sessions,
    stages,
    units,
)
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.session import SessionStatus, Stage, request_from_dict, scan_stage
from pipeline_mcp.domain.snapshot import Snapshot
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.scanning.catalogue import catalogue
from pipeline_mcp.scanning.gate import judge, not_applied
from pipeline_mcp.scanning.line import known_findings
from pipeline_mcp.tools.contract import Tool


def close_scan(session_id: str) -> bool:
    """Close the scan that is open if all its units are done; True for the one caller that did.

    What it has found is compared with the line first, at the cost of no lock: nothing is added
    once all units are done.
    """
    known = _known(session_id)
    if known is None:
        return False
    with transaction() as connection:
        row = sessions.work(connection, session_id)
        cycle: int = row["cycle"]
        if units.open_units(connection, session_id, cycle=cycle):
            return False
        if not stages.close(connection, session_id, scan_stage(cycle), cycle=cycle):
            return False
        findings.mark_known(connection, known)
        fixes = request_from_dict(row["request"]).fix is not None
        sessions.advance(connection, session_id, Stage.FIX if fixes else Stage.CLEANUP)
        return True


def _known(session_id: str) -> dict[int, str] | None:
    """The known findings of the scan that is open, by what they are; None if it is none."""
    with reading() as connection:
        row = sessions.work(connection, session_id)
        cycle: int = row["cycle"]
        scan = stages.get(connection, session_id, scan_stage(cycle), cycle=cycle)
        if scan is None or scan["finished_at"] is not None:
            return None
        if units.open_units(connection, session_id, cycle=cycle):
            return None
        snapshot_id = candidates.snapshot_of(connection, row, cycle) or ""
        return known_findings(connection, session_id, cycle=cycle, snapshot_id=snapshot_id)


def finish(session_id: str) -> None:
    """Let the gate decide, unless there is work left: then somebody else will finish."""
    with transaction() as connection:
        row = sessions.work(connection, session_id)
        request = request_from_dict(row["request"])
        if request.fix is not None and row["stage"] != Stage.CLEANUP:
            return
        scan = stages.get(connection, session_id, Stage.SCAN)
        if scan is None or scan["finished_at"] is None:
            return
        stages.begin(connection, session_id, Stage.CLEANUP)
        ran = units.summaries(connection, session_id)
        status = judge(
            findings.by_severity(connection, session_id),
            (unit["outcome"] for unit in ran),
            request.fail_on,
        )
        trouble = not_applied(applications.latest(connection, session_id))
        if trouble is not None:
            status = SessionStatus.INCOMPLETE
        stages.close(connection, session_id, Stage.CLEANUP)
        sessions.finish(connection, session_id, status, error=trouble)
    _learn(session_id)


def abandon(session_id: str, step: str, error: Exception) -> None:
    """A step failed for good: the session ends incomplete, with the reason."""
    if isinstance(error, PipelineError):
        reason = error.message
    else:
        reason = f"{step} failed with {type(error).__name__}: {error}"
    with transaction() as connection:
        sessions.finish(connection, session_id, SessionStatus.INCOMPLETE, error=reason)


def _learn(session_id: str) -> None:
    with reading() as connection:
        row = sessions.work(connection, session_id)
        tools = catalogue(request_from_dict(row["request"]))
        ran = units.with_files(connection, session_id)
        snapshot = manifests.load(connection, row["snapshot_id"])
    observed = _rates(ran, snapshot, tools)
    if observed:
        with transaction() as connection:
            costs.learn(connection, observed)


def _rates(
    ran: Iterable[RowMapping], snapshot: Snapshot, tools: dict[str, Tool]
) -> dict[str, float]:
    """CPU seconds per byte beyond the start-up, for the tools that really ran."""
    sizes = {row.path: row.size for row in snapshot.rows}
    seconds: defaultdict[str, float] = defaultdict(float)
    read: defaultdict[str, int] = defaultdict(int)
    for unit in ran:
        if unit["outcome"] == Outcome.OK and not unit["cached"]:
            seconds[unit["tool"]] += max(unit["cpu_seconds"] - tools[unit["tool"]].cost.startup, 0)
            read[unit["tool"]] += sum(sizes.get(path, 0) for path in unit["files"])
    return {tool: seconds[tool] / read[tool] for tool in seconds if read[tool]}
