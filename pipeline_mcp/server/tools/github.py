"""The tool that reaches out to GitHub: `github_workflow_trigger`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import anyio.to_thread
from mcp.server.mcpserver import Context
from pydantic import Field

from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.domain.task import TaskKind
from pipeline_mcp.github.dispatch import PIPELINE_WORKFLOW, dispatch_of
from pipeline_mcp.github.runs import Run
from pipeline_mcp.github.trigger import trigger
from pipeline_mcp.server.envelope import Envelope, EnvelopeStatus, answer
from pipeline_mcp.server.parameters import WaitSeconds, Workspace
from pipeline_mcp.server.served import Effect, served
from pipeline_mcp.server.tasks_extension.support import TaskSupport
from pipeline_mcp.workspace.confine import resolve_workspace


def _waits(arguments: Mapping[str, Any]) -> bool:
    return arguments.get("wait_for_completion") is True


# A workflow may deploy, and runs with the operator's token: more than running the pipeline.
@served(
    "Run a GitHub workflow",
    scope=AccessScope.ADMIN,
    effect=Effect.REACHES_OUT,
    toolset="github",
    task=TaskSupport(TaskKind.CALL, applies=_waits),
)
async def github_workflow_trigger(
    ctx: Context[Any, Any],
    workflow_name: str = PIPELINE_WORKFLOW,
    ref: str = "main",
    inputs: dict[str, str | bool | int | float] | None = None,
    wait_for_completion: bool = False,
    run_id: Annotated[int | None, Field(ge=1)] = None,
    workspace: Workspace = None,
    wait_seconds: WaitSeconds = 45,
) -> Envelope:
    """Dispatch a workflow of the workspace's repository, or with run_id look at an earlier run."""

    async def told(run: Run) -> None:
        steps = ("queued", "in_progress", "completed")
        done = steps.index(run.status) if run.status in steps else 0
        await ctx.report_progress(done, len(steps) - 1, f"{workflow_name}: {run.status}")

    async def work() -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
        configured = settings()
        wanted = dispatch_of(workflow_name, ref, inputs or {})
        path = workspace or configured.workspace or "."
        root = await anyio.to_thread.run_sync(resolve_workspace, path, configured.workspaces)
        results = await trigger(
            configured,
            root,
            wanted,
            run_id=run_id,
            wait_seconds=wait_seconds if wait_for_completion else 0,
            told=told,
        )
        return None, _status(results), results

    return await answer("github_workflow_trigger", work)


def _status(results: dict[str, Any]) -> EnvelopeStatus:
    """A run that goes on is accepted; how it ended is told by its conclusion."""
    if results["status"] == "completed":
        return "success"
    if results["run_id"] is not None:
        results["next_step"] = f"Call github_workflow_trigger with run_id={results['run_id']}."
    return "accepted"


SERVED = (github_workflow_trigger,)
