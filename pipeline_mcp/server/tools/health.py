"""The tool that measures what works: `health_monitoring`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import anyio.to_thread
from pydantic import Field

from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.monitoring.export import export
from pipeline_mcp.monitoring.health import COMPREHENSIVE, ESSENTIAL, check
from pipeline_mcp.server.access.scope import expect_scope
from pipeline_mcp.server.envelope import Envelope, EnvelopeStatus, answer
from pipeline_mcp.server.served import Effect, served

HealthAction = Literal["health_check", "comprehensive", "export"]


# `export` writes a file, in the one directory for that: not a tool that only reads.
@served(
    "Check the health",
    scope=AccessScope.READ,
    effect=Effect.CONTINUES,
    toolset="operations",
    changing=lambda arguments: arguments.get("action") == "export",
)
async def health_monitoring(
    action: HealthAction = "health_check",
    export_path: Annotated[str | None, Field(examples=["health.json", "health.prom"])] = None,
    include_details: bool = True,
) -> Envelope:
    """Measure broker, database, workers, disk; comprehensive and export: queues, sessions too."""

    async def work() -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
        results = await anyio.to_thread.run_sync(_health, action, export_path, include_details)
        return None, "success", results

    return await answer("health_monitoring", work)


def _health(action: HealthAction, export_path: str | None, details: bool) -> dict[str, Any]:
    if action == "export":
        expect_scope(AccessScope.ADMIN, "The action export")
    health = check(ESSENTIAL if action == "health_check" else COMPREHENSIVE)
    results = health.document(details=details)
    if action == "export":
        results["export_path"] = str(export(health, export_path))
    return results


SERVED = (health_monitoring,)
