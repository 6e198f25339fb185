"""The tool that judges a project's version and what its users will notice: `version_check`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import anyio.from_thread
from pydantic import Field

from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.domain.task import TaskKind
from pipeline_mcp.server.access.scope import expect_scope
from pipeline_mcp.server.envelope import Envelope, EnvelopeStatus, answer
from pipeline_mcp.server.parameters import Workspace
from pipeline_mcp.server.served import Effect, served
from pipeline_mcp.server.size import clip
from pipeline_mcp.server.tasks_extension.standing import is_for_a_task
from pipeline_mcp.server.tasks_extension.support import TaskSupport
from pipeline_mcp.server.threads import blocking
from pipeline_mcp.sessions.trust import is_trusted
from pipeline_mcp.versioning.check import Verdict, check, check_document
from pipeline_mcp.versioning.release_checks import ReleaseOptions
from pipeline_mcp.workspace.confine import resolve_workspace

# Clients give up on a silent call after a minute.
_MOST_SECONDS = 40.0
# Those that wait for a task do not, and a build takes as long as its requirements.
_MOST_SECONDS_OF_A_TASK = 900.0
_LONGEST_TEXT = 500
_MOST_CHANGES = 60
# What holds texts of the repository, or quotes them.
_UNTRUSTED = (
    *("version", "branch", "problems", "unknown", "places", "tag", "changelog", "compatibility"),
    *("suggestion", "recommendations", "release"),
)


def _is_long(arguments: Mapping[str, Any]) -> bool:
    return arguments.get("base") is not None or bool(arguments.get("release"))


@served(
    "Check the version",
    scope=AccessScope.READ,
    effect=Effect.READS,
    toolset="versions",
    task=TaskSupport(TaskKind.CALL, applies=_is_long),
)
async def version_check(
    workspace: Workspace = None,
    base: Annotated[str | None, Field(examples=["v1.2.0", "origin/main"])] = None,
    release: bool = False,
    skip_build: bool = False,
    skip_tests: bool = False,
    offline: bool = False,
) -> Envelope:
    """Version places, tag, changelog, suggested bump; with a base ref also what breaks users.
    release: build, install and test a copy; the workspace must be trusted."""

    async def work() -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
        runs_code = release and not (skip_build and skip_tests)
        if runs_code:
            expect_scope(AccessScope.RUN, "release")
        choice = _Release(skip_build, skip_tests, offline) if release else None
        return await blocking(_results, workspace, base, choice)

    return await answer("version_check", work)


@dataclass(frozen=True, slots=True)
class _Release:
    skip_build: bool
    skip_tests: bool
    offline: bool


def _results(
    workspace: str | None, base: str | None, choice: _Release | None
) -> tuple[None, EnvelopeStatus, dict[str, Any]]:
    configured = settings()
    root = resolve_workspace(workspace or configured.workspace or ".", configured.workspaces)
    release = None if choice is None else _options(root, choice)
    seconds = _MOST_SECONDS if release is None else release.seconds
    found = check(root, base, release=release, seconds=seconds, is_wanted=_is_wanted)
    status: EnvelopeStatus = "partial" if found.verdict is Verdict.INCOMPLETE else "success"
    return None, status, {**_shown(check_document(found)), "untrusted": list(_UNTRUSTED)}


def _options(root: Path, choice: _Release) -> ReleaseOptions:
    """Trust is the operator's to give, on the command line."""
    return ReleaseOptions(
        trusted=is_trusted(root),
        skip_tests=choice.skip_tests,
        skip_build=choice.skip_build,
        offline=choice.offline,
        seconds=_MOST_SECONDS_OF_A_TASK if is_for_a_task() else _MOST_SECONDS,
    )


def _is_wanted() -> bool:
    """False once the call, or its task, is cancelled: the thread is asked, and cannot be ended."""
    try:
        anyio.from_thread.check_cancelled()
    except asyncio.CancelledError:
        return False
    return True


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
