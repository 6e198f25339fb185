"""Start a session for a call, once, and say where it stands."""

from __future__ import annotations

from typing import Any

from mcp.server.mcpserver import Context

from pipeline_mcp.domain.session import RunOptions
from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.server.envelope import EnvelopeStatus
from pipeline_mcp.server.following import outcome
from pipeline_mcp.server.results import Shape
from pipeline_mcp.server.tasks_extension.standing import session_of_the_task
from pipeline_mcp.server.threads import blocking
from pipeline_mcp.sessions.repeated import earlier, submission
from pipeline_mcp.sessions.resolve import resolve
from pipeline_mcp.sessions.submit import submit


async def start(
    ctx: Context[Any, Any],
    tool: str,
    options: RunOptions,
    shape: Shape,
    *,
    key: str | None,
    wait_seconds: float,
) -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
    """The new session after at most `wait_seconds`, or the one that this call has started before.

    `key` is the caller's for calls of `tool` that he may repeat.

    Raises:
        PipelineError: the options or the workspace cannot be used.
    """
    session_id = session_of_the_task()
    if session_id is None:
        session_id = await blocking(_submit, tool, options, key)
    return await outcome(ctx, session_id, wait_seconds=wait_seconds, shape=shape)


def _submit(tool: str, options: RunOptions, key: str | None) -> str:
    """A new session, or the one that the caller has submitted under this key before.

    The earlier one is looked for first: what it was about may be gone by now.
    """
    principal = current_principal().name
    once = None if key is None else submission(key, tool, options)
    known = None if once is None else earlier(once, principal=principal)
    return known or submit(resolve(options), principal=principal, once=once)
