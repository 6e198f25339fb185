"""What a session that fixes has tried, and what came of it."""

from __future__ import annotations

from sqlalchemy import Connection

from pipeline_mcp.db import findings, fix_steps, patches, sessions, stages
from pipeline_mcp.db.engine import reading
from pipeline_mcp.db.fix_steps import StepRecord
from pipeline_mcp.domain.patch import FixPlan
from pipeline_mcp.domain.report import FixAttempt, Fixes
from pipeline_mcp.domain.session import RunOptions, Stage
from pipeline_mcp.fixing.situation import ALL_ROUNDS


def patch(session_id: str) -> str | None:
    """The session's patch as a diff that `git apply` takes; None where nothing was fixed.

    Raises:
        UnknownSessionError: there is no such session.
    """
    with reading() as connection:
        sessions.get(connection, session_id)
        made = patches.get(connection, session_id)
    return made.diff if made else None


def options_of(session_id: str, plan: FixPlan, *, tools: tuple[str, ...] = ()) -> RunOptions:
    """What to ask for to fix what a session was about: its workspace, files, tools, base and gate.

    `tools` take the place of its own.

    Raises:
        UnknownSessionError: there is no such session.
    """
    with reading() as connection:
        earlier = sessions.view(connection, session_id).request
    return RunOptions(
        path=earlier.workspace,
        profile=earlier.profile,
        tools=tools or earlier.tools,
        skip_tools=earlier.skip_tools,
        files=earlier.files,
        exclude=earlier.exclude,
        fail_on=earlier.fail_on,
        base=None if earlier.base is None else str(earlier.base["ref"]),
        fix=plan,
    )


def fixes_of(connection: Connection, session_id: str) -> Fixes:
    """All fixes of the session so far, in the order in which they were tried."""
    patch = patches.get(connection, session_id)
    end = stages.get(connection, session_id, Stage.FIX, cycle=ALL_ROUNDS)
    said = (end["detail"] if end else None) or {}
    records = fix_steps.all_of(connection, session_id)
    return Fixes(
        fixed=patch.fixed if patch else 0,
        found=len(findings.all_of(connection, session_id, cycle=1)),
        cycles=max((record.round for record in records), default=0),
        quality_score=said.get("score"),
        ended=said.get("ended"),
        attempts=tuple(map(_attempt, records)),
        patch=patch.diff if patch else None,
    )


def _attempt(record: StepRecord) -> FixAttempt:
    return FixAttempt(
        cycle=record.round,
        fixer=record.step.fixer,
        path=record.step.path,
        rules=record.step.rules,
        findings=len(record.step.fingerprints),
        state=record.state,
        reason=record.reason or None,
    )
