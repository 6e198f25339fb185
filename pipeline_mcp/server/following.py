"""Wait for a session inside a call, with progress, and say where it stands."""

from __future__ import annotations

import time
from typing import Any

import anyio
from mcp.server.mcpserver import Context

from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.session import Glance
from pipeline_mcp.errors import TransientServiceError
from pipeline_mcp.server import drain
from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.server.envelope import EnvelopeStatus
from pipeline_mcp.server.results import Shape, session_results
from pipeline_mcp.server.telling import Teller
from pipeline_mcp.server.threads import blocking
from pipeline_mcp.server.watch import watch
from pipeline_mcp.sessions.access import expect_access
from pipeline_mcp.sessions.follow import glimpse


async def outcome(
    ctx: Context[Any, Any], session_id: str, *, wait_seconds: float, shape: Shape = Shape.STATUS
) -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
    """The session after at most `wait_seconds`: its report if it is final, else its progress.

    A call that is cancelled, or whose client is gone, leaves the session alone.

    Raises:
        UnknownSessionError: there is no such session, or it is somebody else's.
    """
    await blocking(expect_access, session_id, current_principal())
    if wait_seconds > 0:
        with anyio.move_on_after(wait_seconds):
            await _wait(Teller(ctx), session_id)
    return await blocking(session_results, session_id, shape)


async def _wait(teller: Teller, session_id: str) -> None:
    """Look until the session is final, and tell of every step forward.

    A server that is about to end does not wait: the session goes on, and can be followed from
    another one.
    """
    async with watch().watching(session_id):
        seen = (await blocking(glimpse, [session_id])).get(session_id)
        while seen is not None and not seen.is_final and not drain.is_draining():
            await teller.tell(seen)
            seen = await _next(teller, seen)


async def _next(teller: Teller, seen: Glance) -> Glance | None:
    """The next look; a database that is away for less than `outage_seconds` is waited for."""
    deadline = time.monotonic() + settings().outage_seconds
    while True:
        try:
            return await watch().next(seen.session_id)
        except TransientServiceError:
            if time.monotonic() > deadline:
                raise
            await teller.tell(seen, trouble="the database is away, waiting for it")
