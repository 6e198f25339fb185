"""The tool that says which findings do not count: `baseline`."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context, Resolve

from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.domain.baseline import Difference, Entry
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.reporting.baseline import baseline_document, difference_counts
from pipeline_mcp.reporting.sanitise import visible
from pipeline_mcp.server.access.confirmation import (
    Answered,
    Asked,
    Confirmation,
    ask,
    expect_confirmed,
)
from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.server.access.scope import expect_scope
from pipeline_mcp.server.envelope import Envelope, EnvelopeStatus, answer
from pipeline_mcp.server.parameters import SessionId, Workspace
from pipeline_mcp.server.served import Effect, served
from pipeline_mcp.server.shown_findings import UNTRUSTED, shown_finding
from pipeline_mcp.server.size import clip
from pipeline_mcp.server.threads import blocking
from pipeline_mcp.sessions.access import expect_access
from pipeline_mcp.sessions.baseline import create_baseline, diff_baseline, show_baseline
from pipeline_mcp.sessions.follow import view

_MOST = 25
_UNTRUSTED = (*UNTRUSTED, "by_rule", "by_path", "symbol")


async def _whether_to_create(
    ctx: Context[Any, Any], action: str, session_id: str | None = None
) -> Asked:
    if action != "create" or session_id is None or not current_principal().may(AccessScope.FIX):
        return Confirmation(confirm=True)
    return await ask(
        ctx,
        session_id,
        f"Make all that {session_id} found the baseline, so that it does not count?",
    )


@served(
    "Hold the line",
    scope=AccessScope.READ,
    effect=Effect.OVERWRITES,
    toolset="sessions",
    changing=lambda arguments: arguments.get("action") == "create",
)
async def baseline(
    ctx: Context[Any, Any],
    confirmation: Annotated[Answered, Resolve(_whether_to_create)],
    action: Literal["show", "diff", "create"] = "show",
    session_id: SessionId | None = None,
    workspace: Workspace = None,
) -> Envelope:
    """Findings that do not count. create writes the session's into the workspace's file."""

    async def work() -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
        expect_confirmed(confirmation)
        results = await blocking(_results, action, session_id, workspace)
        return session_id, "success", {"action": action, **results, "untrusted": list(_UNTRUSTED)}

    return await answer("baseline", work)


def _results(action: str, session_id: str | None, workspace: str | None) -> dict[str, Any]:
    principal = current_principal()
    if action == "create":
        expect_scope(AccessScope.FIX, "The action create")
    if session_id is not None:
        expect_access(session_id, principal)
    if action == "show":
        return _shown(workspace if session_id is None else view(session_id).workspace)
    if session_id is None:
        raise PipelineError(
            f"The action {action} needs a session_id.",
            next_step="Start a session with pipeline_run_full, and send its id when it is over.",
        )
    if action == "diff":
        return _difference(diff_baseline(session_id))
    made = create_baseline(session_id, principal=principal.name)
    return {
        "path": made.file.path,
        "sha256": made.file.sha256,
        "findings": len(made.file.baseline.entries),
        "added": made.added,
        "removed": made.removed,
    }


def _shown(workspace: str | None) -> dict[str, Any]:
    name, file = show_baseline(workspace or str(settings().workspace or "."))
    document = baseline_document(name, file)
    for key in ("by_tool", "by_rule", "by_path"):
        counted = islice(document[key].items(), _MOST)
        document[key] = {clip(visible(word), 200): number for word, number in counted}
    return document


def _difference(found: Difference) -> dict[str, Any]:
    """The counts of all, and the first of what is new and what is gone."""
    worst_first = sorted(found.new, key=lambda one: one.urgency)
    return {
        "path": found.path,
        "sha256": found.file.sha256 if found.file else None,
        "counts": difference_counts(found),
        "new": [shown_finding(finding) for finding in worst_first[:_MOST]],
        "gone": [_shown_entry(entry) for entry in found.gone[:_MOST]],
    }


def _shown_entry(entry: Entry) -> dict[str, str]:
    return {
        "path": clip(visible(entry.path), 400),
        "tool": clip(visible(entry.tool), 100),
        "rule": clip(visible(entry.rule), 100),
        "symbol": clip(visible(entry.symbol), 200),
        "message": clip(visible(entry.message), 200),
    }


SERVED = (baseline,)
