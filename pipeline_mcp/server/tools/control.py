"""The tools that change a session's course: `session_cancel` and `session_recover`."""

from __future__ import annotations

from typing import Annotated, Any

from mcp.server.mcpserver import Context, Resolve

from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.server.access.confirmation import Answered, Asked, ask, expect_confirmed
from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.server.envelope import Envelope, EnvelopeStatus, answer
from pipeline_mcp.server.following import outcome
from pipeline_mcp.server.parameters import SessionId
from pipeline_mcp.server.served import Effect, served
from pipeline_mcp.server.threads import blocking
from pipeline_mcp.sessions.access import expect_access
from pipeline_mcp.sessions.cancel import cancel
from pipeline_mcp.sessions.recover import recover


async def _whether_to_cancel(ctx: Context[Any, Any], session_id: str) -> Asked:
    return await ask(
        ctx, session_id, f"End the session {session_id} now? What it has not finished is lost."
    )


@served("Cancel a session", scope=AccessScope.RUN, effect=Effect.OVERWRITES, toolset="sessions")
async def session_cancel(
    ctx: Context[Any, Any],
    session_id: SessionId,
    confirmation: Annotated[Answered, Resolve(_whether_to_cancel)],
) -> Envelope:
    """End a session now and stop its tools. A final one stays as it is."""

    async def work() -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
        expect_confirmed(confirmation)
        await blocking(_cancel, session_id)
        return await outcome(ctx, session_id, wait_seconds=0)

    return await answer("session_cancel", work)


@served("Continue a session", scope=AccessScope.RUN, effect=Effect.CONTINUES, toolset="sessions")
async def session_recover(ctx: Context[Any, Any], session_id: SessionId) -> Envelope:
    """Continue an unfinished session from its last checkpoint."""

    async def work() -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
        await blocking(_recover, session_id)
        return await outcome(ctx, session_id, wait_seconds=0)

    return await answer("session_recover", work)


def _cancel(session_id: str) -> None:
    principal = current_principal()
    expect_access(session_id, principal)
    cancel(session_id, principal=principal.name)


def _recover(session_id: str) -> None:
    principal = current_principal()
    expect_access(session_id, principal)
    recover(session_id, principal=principal.name)


SERVED = (session_cancel, session_recover)
