"""The tool that looks after sessions: `pipeline_status`."""

from __future__ import annotations

from typing import Any

import anyio.to_thread
from mcp.server.mcpserver import Context

from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.domain.session import SessionView
from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.server.envelope import Envelope, EnvelopeStatus, answer
from pipeline_mcp.server.following import outcome
from pipeline_mcp.server.parameters import SessionId, WaitSeconds
from pipeline_mcp.server.served import Effect, served
from pipeline_mcp.sessions.listing import sessions


@served("Look at sessions", scope=AccessScope.READ, effect=Effect.READS, toolset="sessions")
async def pipeline_status(
    ctx: Context[Any, Any],
    session_id: SessionId | None = None,
    include_artifacts: bool = True,
    include_metrics: bool = True,
    wait_seconds: WaitSeconds = 0,
) -> Envelope:
    """How a session stands, its report once it has ended; without an id, recent sessions."""
    if session_id is None:
        return await answer("pipeline_status", _recent)
    known = session_id

    async def look() -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
        _, status, results = await outcome(ctx, known, wait_seconds=wait_seconds)
        if not include_metrics:
            results = {key: value for key, value in results.items() if key != "performance"}
        if not include_artifacts:
            results = {key: value for key, value in results.items() if key != "findings"}
        return known, status, results

    return await answer("pipeline_status", look)


async def _recent() -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
    page, cursor = await anyio.to_thread.run_sync(
        lambda: sessions(limit=20, principal=current_principal())
    )
    rows = [_row(session) for session in page]
    return None, "success", {"total_sessions": len(rows), "sessions": rows, "cursor": cursor}


def _row(session: SessionView) -> dict[str, Any]:
    return {
        "session_id": session.session_id,
        "status": session.status.value,
        "current_stage": session.stage.value,
        "workspace": session.workspace,
        "created_at": session.created_at,
        "last_updated": session.updated_at,
        "units": {"done": session.units.done, "total": session.units.total},
    }


SERVED = (pipeline_status,)
