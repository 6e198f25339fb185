"""The tools that change a workspace: `quality_patcher_fix`, `session_apply`, `session_undo`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from mcp.server.mcpserver import Context, Resolve
from pydantic import Field

from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.domain.application import Direction, Wish
from pipeline_mcp.domain.patch import FixPlan
from pipeline_mcp.domain.session import RunOptions
from pipeline_mcp.domain.task import TaskKind
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.reporting.application import application_document, application_verdict
from pipeline_mcp.server.access.confirmation import (
    Answered,
    Asked,
    Confirmation,
    ask,
    expect_confirmed,
)
from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.server.envelope import Envelope, EnvelopeStatus, answer
from pipeline_mcp.server.integrating import (
    Integrate,
    IntegrationChoices,
    integrated,
    question,
)
from pipeline_mcp.server.parameters import IdempotencyKey, SessionId, TargetFiles, WaitSeconds
from pipeline_mcp.server.results import Shape
from pipeline_mcp.server.served import Effect, served
from pipeline_mcp.server.starting import start
from pipeline_mcp.server.tasks_extension.standing import session_of_the_task
from pipeline_mcp.server.tasks_extension.support import FOLLOWS_SESSION, TaskSupport
from pipeline_mcp.server.threads import blocking
from pipeline_mcp.sessions.access import expect_access
from pipeline_mcp.sessions.applying import diff, fulfil
from pipeline_mcp.sessions.fixes import options_of
from pipeline_mcp.sessions.lint_report import expect_report_of

_MOST_FILES = 50
ProposedPatch = Annotated[str | None, Field(max_length=200_000)]


class PatchChoiceError(PipelineError):
    """A patch of one's own does not go with other choices."""


async def _whether_to_fix(ctx: Context[Any, Any], session_id: str, auto_apply: bool) -> Asked:
    # A task that tells of its session asks nothing: that was done when the session was started.
    if not auto_apply or session_of_the_task() is not None:
        return Confirmation(confirm=True)
    question = f"Fix what {session_id} has found, and change the files of its workspace?"
    return await ask(ctx, session_id, question)


async def _whether_to_apply(
    ctx: Context[Any, Any],
    session_id: str,
    dry_run: bool,
    patch: str | None,
    integrate: IntegrationChoices | None,
) -> Asked:
    if dry_run or session_of_the_task() is not None:
        return Confirmation(confirm=True)
    if integrate is not None:
        return await ask(ctx, session_id, question(session_id, integrate))
    whose = f"the patch of {session_id}" if patch is None else f"a patch for {session_id}"
    return await ask(ctx, session_id, f"Bring {whose} into its workspace?")


def _has_patch(arguments: Mapping[str, Any]) -> bool:
    return arguments.get("patch") is not None


async def _whether_to_undo(ctx: Context[Any, Any], session_id: str) -> Asked:
    return await ask(ctx, session_id, f"Take back what {session_id} has changed in its workspace?")


@served(
    "Fix findings",
    scope=AccessScope.FIX,
    effect=Effect.REWRITES,
    toolset="pipeline",
    task=FOLLOWS_SESSION,
)
async def quality_patcher_fix(
    ctx: Context[Any, Any],
    session_id: SessionId,
    confirmation: Annotated[Answered, Resolve(_whether_to_fix)],
    lint_report_path: str | None = None,
    max_fixes: Annotated[int, Field(ge=1, le=50)] = 10,
    auto_apply: bool = True,
    claude_agent: bool = True,
    wait_seconds: WaitSeconds = 0,
    idempotency_key: IdempotencyKey = None,
) -> Envelope:
    """Fix a session's findings, verified, in a new session. claude_agent: how to fix the rest."""
    plan = FixPlan(max_fixes=max_fixes, break_on_no_issues=False, apply=auto_apply)

    async def work() -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
        expect_confirmed(confirmation)
        options = await blocking(_to_fix, session_id, lint_report_path, plan)
        found = await start(
            ctx,
            "quality_patcher_fix",
            options,
            Shape.FIXES,
            key=idempotency_key,
            wait_seconds=wait_seconds,
        )
        found[2]["source_session_id"] = session_id
        found[2]["source_lint_report"] = lint_report_path
        if not claude_agent:
            found[2].pop("agent_instructions", None)
        return found

    return await answer("quality_patcher_fix", work)


@served(
    "Apply a patch",
    scope=AccessScope.FIX,
    effect=Effect.PUBLISHES,
    toolset="sessions",
    task=TaskSupport(TaskKind.SESSION, applies=_has_patch),
)
async def session_apply(
    ctx: Context[Any, Any],
    session_id: SessionId,
    confirmation: Annotated[Answered, Resolve(_whether_to_apply)],
    files: TargetFiles = None,
    all_or_nothing: bool = False,
    dry_run: bool = False,
    patch: ProposedPatch = None,
    integrate: Integrate = None,
    wait_seconds: WaitSeconds = 0,
) -> Envelope:
    """Apply a session's verified patch; files changed since are left alone. patch: your own unified
    diff, verified first in a new session. integrate: commit it on a branch instead."""

    async def work() -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
        expect_confirmed(confirmation)
        if integrate is not None:
            _expect_whole(files, all_or_nothing, patch)
            return await blocking(partial(integrated, session_id, integrate, dry_run=dry_run))
        if patch is not None:
            _expect_alone(files, all_or_nothing)
            plan = FixPlan(max_cycles=1, proposal=patch, apply=not dry_run)
            options = await blocking(_to_fix, session_id, None, plan)
            kind, shape = "session_apply", Shape.FIXES
            return await start(ctx, kind, options, shape, key=None, wait_seconds=wait_seconds)
        wish = Wish(Direction.APPLY, tuple(files or ()), all_or_nothing, dry_run)
        return await blocking(_fulfilled, session_id, wish)

    return await answer("session_apply", work)


@served("Undo a patch", scope=AccessScope.FIX, effect=Effect.OVERWRITES, toolset="sessions")
async def session_undo(
    session_id: SessionId,
    confirmation: Annotated[Answered, Resolve(_whether_to_undo)],
) -> Envelope:
    """Take back byte for byte what session_apply changed; files changed since are left alone."""

    async def work() -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
        expect_confirmed(confirmation)
        return await blocking(_fulfilled, session_id, Wish(Direction.UNDO))

    return await answer("session_undo", work)


def _expect_alone(files: list[str] | None, all_or_nothing: bool) -> None:
    if files or all_or_nothing:
        raise PatchChoiceError(
            "files and all_or_nothing are for a session's own patch.",
            next_step="Send a patch of those files alone.",
        )


def _expect_whole(files: list[str] | None, all_or_nothing: bool, patch: str | None) -> None:
    if files or all_or_nothing or patch is not None:
        raise PatchChoiceError(
            "integrate goes with none of files, all_or_nothing and patch.",
            next_step="A patch of your own is verified first, and its session integrated then.",
        )


def _to_fix(session_id: str, report: str | None, plan: FixPlan) -> RunOptions:
    expect_access(session_id, current_principal())
    if report is not None:
        expect_report_of(session_id, report)
    return replace(options_of(session_id, plan), priority=3, attached=False, origin="mcp")


def _fulfilled(session_id: str, wish: Wish) -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
    principal = current_principal()
    expect_access(session_id, principal)
    done = fulfil(session_id, replace(wish, principal=principal.name))
    patch = diff(session_id, wish.files) if wish.dry_run else None
    results = application_document(done, patch)
    results["verdict"] = application_verdict(done)
    results["untrusted"] = ["path", "reason", "patch"]
    omitted = len(done.files) - _MOST_FILES
    if omitted > 0:
        results["files"] = results["files"][:_MOST_FILES]
        results["files_omitted"] = omitted
    return session_id, "success" if done.is_whole else "partial", results


SERVED = (quality_patcher_fix, session_apply, session_undo)
