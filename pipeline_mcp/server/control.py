"""The tools that change a session's course: `session_cancel` and `session_recover`."""

from __future__ import annotations

from typing import Any

import anyio.to_thread
from mcp.server.mcpserver import Context, MCPServer
from mcp.types import ToolAnnotations

from pipeline_mcp.server.envelope import Envelope, EnvelopeStatus, answer
from pipeline_mcp.server.following import outcome
from pipeline_mcp.sessions.cancel import cancel
from pipeline_mcp.sessions.recover import recover

_ENDS = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)
_CONTINUES = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


def register(server: MCPServer[Any]) -> None:
    """Add the tools to the server."""
    server.tool(title="Cancel a session", annotations=_ENDS)(session_cancel)
    server.tool(title="Continue a session", annotations=_CONTINUES)(session_recover)


async def session_cancel(ctx: Context[Any, Any], session_id: str) -> Envelope:
    """End a session now: nothing more starts, running tools are stopped. A final one stays."""

    async def work() -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
        await anyio.to_thread.run_sync(cancel, session_id)
        return await outcome(ctx, session_id, wait_seconds=0)

    return await answer("session_cancel", work)


async def session_recover(ctx: Context[Any, Any], session_id: str) -> Envelope:
    """Continue an unfinished session from its last checkpoint, if nobody seems to work on it."""

    async def work() -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
        await anyio.to_thread.run_sync(recover, session_id)
        return await outcome(ctx, session_id, wait_seconds=0)

    return await answer("session_recover", work)
