"""The tool that examines the server itself: `mcp_compliance_check`."""

from __future__ import annotations

from typing import Any, Literal

from mcp.server.mcpserver import Context

from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.server.compliance.examination import Scope, examine
from pipeline_mcp.server.compliance.verdict import text
from pipeline_mcp.server.envelope import Envelope, EnvelopeStatus, answer
from pipeline_mcp.server.served import Effect, served


@served("Check the protocol", scope=AccessScope.READ, effect=Effect.READS, toolset="operations")
async def mcp_compliance_check(
    ctx: Context[Any, Any],
    check_tools: bool = True,
    check_schemas: bool = True,
    check_error_handling: bool = True,
    output_format: Literal["json", "text"] = "json",
) -> Envelope:
    """Talk to this server as a client in both revisions and score its answers."""
    scope = Scope(check_tools, check_schemas, check_error_handling, itself="mcp_compliance_check")

    async def work() -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
        state = ctx.request_context.lifespan_context
        results = await examine(ctx.mcp_server, state, scope)
        if output_format == "text":
            results["text"] = text(results)
        return None, "success", results

    return await answer("mcp_compliance_check", work)


SERVED = (mcp_compliance_check,)
