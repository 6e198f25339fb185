"""The tools that start a session: `pipeline_run_full` and `version_keeper_scan`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import anyio.to_thread
from mcp.server.mcpserver import Context
from pydantic import Field

from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.domain.session import RunOptions
from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.server.envelope import Envelope, EnvelopeStatus, answer
from pipeline_mcp.server.following import outcome
from pipeline_mcp.server.parameters import SessionId, TargetFiles, WaitSeconds, Workspace
from pipeline_mcp.server.served import Effect, served
from pipeline_mcp.server.tasks_extension.standing import session_of_the_task
from pipeline_mcp.server.tasks_extension.support import FOLLOWS_SESSION
from pipeline_mcp.sessions.resolve import resolve
from pipeline_mcp.sessions.submit import submit

# An agent waits for the answer: it goes before what a command line asks for by default.
_PRIORITY = 3


@served(
    "Run the pipeline",
    scope=AccessScope.RUN,
    effect=Effect.STARTS,
    toolset="pipeline",
    task=FOLLOWS_SESSION,
)
async def pipeline_run_full(
    ctx: Context[Any, Any],
    max_cycles: Annotated[int, Field(ge=1, le=10)] = 3,
    max_fixes_per_cycle: Annotated[int, Field(ge=1, le=20)] = 10,
    target_quality_score: Annotated[float, Field(ge=0, le=100)] = 95.0,
    break_on_no_issues: bool = True,
    workspace: Workspace = None,
    wait_seconds: WaitSeconds = 0,
) -> Envelope:
    """Start all tools over a workspace; follow with pipeline_status. Scans, does not fix yet."""
    options = RunOptions(path=_path(workspace), priority=_PRIORITY, attached=False, origin="mcp")
    return await answer(
        "pipeline_run_full", lambda: _start(ctx, options, wait_seconds=wait_seconds)
    )


@served(
    "Scan a workspace",
    scope=AccessScope.RUN,
    effect=Effect.STARTS,
    toolset="pipeline",
    task=FOLLOWS_SESSION,
)
async def version_keeper_scan(
    ctx: Context[Any, Any],
    session_id: SessionId | None = None,
    comprehensive: bool = True,
    output_format: Literal["json", "text"] = "json",
    target_files: TargetFiles = None,
    workspace: Workspace = None,
    wait_seconds: WaitSeconds = 0,
) -> Envelope:
    """Scan a workspace, or with session_id see an earlier scan. comprehensive=false: fast tools."""
    as_text = output_format == "text"
    if session_id is not None:
        known = session_id
        return await answer(
            "version_keeper_scan",
            lambda: outcome(ctx, known, wait_seconds=wait_seconds, as_text=as_text),
        )
    options = RunOptions(
        path=_path(workspace),
        profile=None if comprehensive else "fast",
        files=tuple(target_files or ()),
        priority=_PRIORITY,
        attached=False,
        origin="mcp",
    )
    return await answer(
        "version_keeper_scan",
        lambda: _start(ctx, options, wait_seconds=wait_seconds, as_text=as_text),
    )


async def _start(
    ctx: Context[Any, Any], options: RunOptions, *, wait_seconds: float, as_text: bool = False
) -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
    session_id = session_of_the_task()
    if session_id is None:
        session_id = await anyio.to_thread.run_sync(_submit, options)
    return await outcome(ctx, session_id, wait_seconds=wait_seconds, as_text=as_text)


def _submit(options: RunOptions) -> str:
    return submit(resolve(options), principal=current_principal().name)


def _path(workspace: str | None) -> str:
    return workspace or str(settings().workspace or ".")


SERVED = (pipeline_run_full, version_keeper_scan)
