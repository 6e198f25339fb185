"""The tool that looks after sessions: `pipeline_status`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from mcp.server.mcpserver import Context

from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.reporting.older import session_object
from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.server.envelope import Envelope, EnvelopeStatus, answer
from pipeline_mcp.server.following import outcome
from pipeline_mcp.server.parameters import SessionId, StatusWait
from pipeline_mcp.server.served import Effect, served
from pipeline_mcp.server.threads import blocking
from pipeline_mcp.sessions.listing import overview

_PAGE = 20


@served("Look at sessions", scope=AccessScope.READ, effect=Effect.READS, toolset="sessions")
async def pipeline_status(
    ctx: Context[Any, Any],
    session_id: SessionId | None = None,
    include_artifacts: bool = True,
    include_metrics: bool = True,
    wait_seconds: StatusWait = 0,
    cursor: str | None = None,
) -> Envelope:
    """How a session stands, its report once it has ended; without an id, recent sessions."""
    left_out = [] if include_metrics else ["metrics", "performance"]
    left_out += [] if include_artifacts else ["artifacts"]

    async def look() -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
        if session_id is None:
            results = await blocking(_recent, cursor)
            rows = [_without(row, left_out) for row in results["sessions"]]
            return None, "success", results | {"sessions": rows}
        _, status, results = await outcome(ctx, session_id, wait_seconds=wait_seconds)
        return session_id, status, _without(results, left_out)

    return await answer("pipeline_status", look)


def _recent(cursor: str | None) -> dict[str, Any]:
    found = overview(limit=_PAGE, cursor=cursor, principal=current_principal())
    rows = []
    for session in found.sessions:
        glance = found.glances[session.session_id]
        row = session_object(
            session,
            found.stages.get(session.session_id, []),
            findings=glance.findings,
            fixed=0,
            errors=glance.errors,
        )
        row["workspace"] = session.workspace
        row["units"] = {"done": session.units.done, "total": session.units.total}
        rows.append(row | {"artifacts": []})
    return {"total_sessions": found.total, "sessions": rows, "cursor": found.cursor}


def _without(results: dict[str, Any], left_out: Collection[str]) -> dict[str, Any]:
    return {key: value for key, value in results.items() if key not in left_out}


SERVED = (pipeline_status,)
