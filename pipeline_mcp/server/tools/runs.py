"""The tools that start a session: `pipeline_run_full` and `version_keeper_scan`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context
from pydantic import Field

from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.patch import FixPlan
from pipeline_mcp.domain.session import RunOptions
from pipeline_mcp.server.envelope import Envelope, answer
from pipeline_mcp.server.following import outcome
from pipeline_mcp.server.parameters import (
    IdempotencyKey,
    Options,
    RunChoices,
    SameOptions,
    SessionId,
    TargetFiles,
    WaitSeconds,
    Workspace,
)
from pipeline_mcp.server.results import Shape
from pipeline_mcp.server.served import Effect, served
from pipeline_mcp.server.starting import start
from pipeline_mcp.server.tasks_extension.support import FOLLOWS_SESSION


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
    target_quality_score: Annotated[float, Field(ge=0, le=100)] = 95,
    break_on_no_issues: bool = True,
    workspace: Workspace = None,
    options: Options = None,
    wait_seconds: WaitSeconds = 0,
    idempotency_key: IdempotencyKey = None,
) -> Envelope:
    """Scan with all tools and make verified fixes, as a patch; follow with pipeline_status."""
    plan = FixPlan(
        max_cycles=max_cycles,
        max_fixes_per_cycle=max_fixes_per_cycle,
        target_quality_score=target_quality_score,
        break_on_no_issues=break_on_no_issues,
    )
    chosen = replace(_options(workspace, options), fix=plan)
    return await answer(
        "pipeline_run_full",
        lambda: start(
            ctx,
            "pipeline_run_full",
            chosen,
            Shape.RUN,
            key=idempotency_key,
            wait_seconds=wait_seconds,
        ),
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
    options: SameOptions = None,
    wait_seconds: WaitSeconds = 0,
    idempotency_key: IdempotencyKey = None,
) -> Envelope:
    """Scan only, or with session_id see an earlier scan. comprehensive=false: fast tools."""
    shape = Shape.TEXT if output_format == "text" else Shape.SCAN
    if session_id is not None:
        known = session_id
        return await answer(
            "version_keeper_scan",
            lambda: outcome(ctx, known, wait_seconds=wait_seconds, shape=shape),
        )
    chosen = _options(workspace, options)
    if not comprehensive:
        chosen = replace(chosen, profile="fast")
    if target_files:
        chosen = replace(chosen, files=tuple(target_files))
    return await answer(
        "version_keeper_scan",
        lambda: start(
            ctx,
            "version_keeper_scan",
            chosen,
            shape,
            key=idempotency_key,
            wait_seconds=wait_seconds,
        ),
    )


def _options(workspace: str | None, choices: RunChoices | None) -> RunOptions:
    chosen = choices or RunChoices()
    fail_on = None if chosen.fail_on is None else tuple(map(Severity, chosen.fail_on))
    return RunOptions(
        path=workspace or str(settings().workspace or "."),
        profile=chosen.profile,
        tools=tuple(chosen.tools),
        skip_tools=tuple(chosen.skip_tools),
        files=tuple(chosen.files),
        fail_on=fail_on,
        sequential=chosen.sequential,
        use_cache=chosen.use_cache,
        # An agent waits for the answer: it goes before what a command line asks for by default.
        priority=chosen.priority,
        attached=False,
        origin="mcp",
    )


SERVED = (pipeline_run_full, version_keeper_scan)
