"""The tool that says where the server runs and how it is configured: `environment_detection`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import anyio.to_thread

from pipeline_mcp.config.reload import reload_settings
from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.environment import configuration
from pipeline_mcp.environment.detection import detect, summary
from pipeline_mcp.environment.optimisation import optimise
from pipeline_mcp.server.access.scope import expect_scope
from pipeline_mcp.server.envelope import Envelope, EnvelopeStatus, answer
from pipeline_mcp.server.parameters import Workspace
from pipeline_mcp.server.served import Effect, served
from pipeline_mcp.workspace.confine import resolve_workspace

Action = Literal["detect", "summary", "config", "validate", "reload", "profile", "optimize"]


# `reload` changes this process: not a tool that only reads.
@served(
    "Describe the environment",
    scope=AccessScope.READ,
    effect=Effect.CONTINUES,
    toolset="operations",
    changing=lambda arguments: arguments.get("action") == "reload",
)
async def environment_detection(action: Action = "detect", workspace: Workspace = None) -> Envelope:
    """Platform, limits and tools; settings and who set them; their mistakes; what to improve."""

    async def work() -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
        results = await anyio.to_thread.run_sync(_results, action, workspace)
        return None, "success", {"action": action, **results}

    return await answer("environment_detection", work)


_OF_THE_SERVER: dict[str, Callable[[], dict[str, Any]]] = {
    "detect": detect,
    "summary": summary,
    "optimize": optimise,
}
_OF_A_WORKSPACE: dict[str, Callable[[Path], dict[str, Any]]] = {
    "config": configuration.shown_document,
    "validate": configuration.judged_document,
    "profile": configuration.profile_document,
}


def _results(action: Action, workspace: str | None) -> dict[str, Any]:
    if action == "reload":
        return _reload()
    if action in _OF_THE_SERVER:
        return _OF_THE_SERVER[action]()
    path = workspace or settings().workspace or "."
    return _OF_A_WORKSPACE[action](resolve_workspace(path, settings().workspaces))


def _reload() -> dict[str, Any]:
    expect_scope(AccessScope.ADMIN, "The action reload")
    reloaded = reload_settings()
    if "log_level" in reloaded.applied:
        logging.getLogger().setLevel(settings().log_level.upper())
    held = ", ".join(reloaded.needs_restart)
    return {
        "applied": list(reloaded.applied),
        "needs_restart": list(reloaded.needs_restart),
        "note": "Workers read their settings when they start."
        + (f" Restart the server for: {held}." if held else ""),
    }


SERVED = (environment_detection,)
