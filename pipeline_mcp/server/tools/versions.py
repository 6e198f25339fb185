"""The tool that judges a project's version and what its users will notice: `version_check`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.domain.task import TaskKind
from pipeline_mcp.server.envelope import Envelope, EnvelopeStatus, answer
from pipeline_mcp.server.parameters import Workspace
from pipeline_mcp.server.served import Effect, served
from pipeline_mcp.server.size import clip
from pipeline_mcp.server.tasks_extension.support import TaskSupport
from pipeline_mcp.server.threads import blocking
from pipeline_mcp.versioning.check import Verdict, check, check_document
from pipeline_mcp.workspace.confine import resolve_workspace

# Clients give up on a silent call after a minute.
_MOST_SECONDS = 40.0
_LONGEST_TEXT = 500
_MOST_CHANGES = 60
# What holds texts of the repository, or quotes them.
_UNTRUSTED = (
    *("version", "branch", "problems", "unknown", "places", "tag", "changelog", "compatibility"),
    *("suggestion", "recommendations"),
)


def _compares(arguments: Mapping[str, Any]) -> bool:
    return arguments.get("base") is not None


@served(
    "Check the version",
    scope=AccessScope.READ,
    effect=Effect.READS,
    toolset="versions",
    task=TaskSupport(TaskKind.CALL, applies=_compares),
)
async def version_check(
    workspace: Workspace = None,
    base: Annotated[str | None, Field(examples=["v1.2.0", "origin/main"])] = None,
    release: bool = False,
) -> Envelope:
    """Version places, tag, changelog, suggested bump; with a base ref also what breaks users."""

    async def work() -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
        return await blocking(_results, workspace, base, release)

    return await answer("version_check", work)


def _results(
    workspace: str | None, base: str | None, release: bool
) -> tuple[None, EnvelopeStatus, dict[str, Any]]:
    configured = settings()
    root = resolve_workspace(workspace or configured.workspace or ".", configured.workspaces)
    found = check(root, base, for_release=release, seconds=_MOST_SECONDS)
    status: EnvelopeStatus = "partial" if found.verdict is Verdict.INCOMPLETE else "success"
    return None, status, {**_shown(check_document(found)), "untrusted": list(_UNTRUSTED)}


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    """With the changes that fit, the breaking ones first, and each text capped."""
    compared = document["compatibility"]
    listed = compared["api_changes"] or []
    # A change that breaks is told once.
    added = [change for change in listed if not change["breaking"]]
    kept = compared | {
        "breaking_changes": _first(compared["breaking_changes"]),
        "api_changes": _first(added) if compared["api_changes"] is not None else None,
        "counts": {"breaking": len(compared["breaking_changes"] or []), "api": len(listed)},
    }
    shown: dict[str, Any] = _capped(document | {"compatibility": kept})
    return shown


def _first(changes: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    return None if changes is None else changes[:_MOST_CHANGES]


def _capped(node: Any) -> Any:
    if isinstance(node, str):
        return clip(node, _LONGEST_TEXT)
    if isinstance(node, dict):
        return {key: _capped(each) for key, each in node.items()}
    return [_capped(each) for each in node] if isinstance(node, list) else node


SERVED = (version_check,)
