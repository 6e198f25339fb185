"""Wait for a session inside a call, with progress, and say where it stands."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.to_thread
from mcp.server.mcpserver import Context

from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.session import Progress
from pipeline_mcp.errors import TransientServiceError
from pipeline_mcp.reporting.text import text_report
from pipeline_mcp.server import drain
from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.server.envelope import EnvelopeStatus, envelope_status
from pipeline_mcp.server.results import progress_results, report_results
from pipeline_mcp.sessions import follow
from pipeline_mcp.sessions.access import expect_access
from pipeline_mcp.sessions.report import report


async def outcome(
    ctx: Context[Any, Any], session_id: str, *, wait_seconds: float, as_text: bool = False
) -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
    """The session after at most `wait_seconds`: its report if it is final, else its progress.

    Raises:
        UnknownSessionError: there is no such session, or it is somebody else's.
    """
    await anyio.to_thread.run_sync(expect_access, session_id, current_principal())
    progress = await _wait(ctx, session_id, wait_seconds)
    session = progress.session
    if not session.is_final:
        return session_id, "accepted", progress_results(progress)
    facts = await anyio.to_thread.run_sync(report, session_id)
    results = report_results(facts, current_stage=session.stage.value)
    if as_text:
        results = {"status": session.status.value, "text": text_report(facts)}
    return session_id, envelope_status(session.status), results


async def _wait(ctx: Context[Any, Any], session_id: str, wait_seconds: float) -> Progress:
    """Look until the session is final or the time is up, and report every step forward.

    A database that is away is waited for as well. A server that is about to end does not wait:
    the session goes on, and can be followed from another one.
    """
    told = -1
    known: Progress | None = None
    with anyio.move_on_after(wait_seconds):
        while not drain.is_draining():
            known = await _look(session_id) or known
            if known is not None and known.session.is_final:
                return known
            if known is not None and known.session.units.done > told:
                units = known.session.units
                told = units.done
                message = f"{known.session.stage.value}: {units.done} of {units.total} units"
                await ctx.report_progress(units.done, units.total or None, message)
            await anyio.sleep(settings().poll_seconds)
    return await _last_look(session_id, known)


async def _look(session_id: str) -> Progress | None:
    """The session as it stands, or None while the database is away."""
    try:
        return await anyio.to_thread.run_sync(follow.progress, session_id)
    except TransientServiceError:
        return None


async def _last_look(session_id: str, known: Progress | None) -> Progress:
    """The session as it stands, or what was `known` of it before the database went away.

    Raises:
        TransientServiceError: nothing was known of it.
    """
    try:
        return await anyio.to_thread.run_sync(follow.progress, session_id)
    except TransientServiceError:
        if known is None:
            raise
        return known
