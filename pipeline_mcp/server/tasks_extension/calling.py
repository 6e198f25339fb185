"""Call a tool on behalf of a task, with the result that the plain call would have."""

from __future__ import annotations

import logging
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    InputRequiredResult,
    TextContent,
)

from pipeline_mcp.domain.task import Call, Round

logger = logging.getLogger(__name__)


async def call_tool(
    server: MCPServer[Any],
    ctx: ServerRequestContext[Any, Any],
    call: Call,
    after: Round | None = None,
) -> CallToolResult | InputRequiredResult:
    """What the tool answers; `after` has the answers to what it asked in the round before.

    Raises:
        MCPError: the tool ends the call with an error of the protocol.
    """
    params = CallToolRequestParams.model_validate(
        {
            "name": call.tool,
            "arguments": call.arguments,
            "inputResponses": (after and after.responses) or None,
            "requestState": after and after.state,
        }
    )
    # As the server itself makes it for a plain call, its bus for notifications included.
    context: Context[Any, Any] = Context(
        request_context=ctx,
        mcp_server=server,
        input_params=params,
        subscriptions=server._subscriptions,
    )
    try:
        return await server.call_tool(call.tool, call.arguments, context)
    except ToolError as error:
        if isinstance(error, UnexpectedToolError):
            logger.exception("The tool %s failed in a task", call.tool)
        return CallToolResult(content=[TextContent(type="text", text=str(error))], is_error=True)


def dumped(result: CallToolResult) -> dict[str, Any]:
    """The result as it goes over the wire."""
    return result.model_dump(mode="json", by_alias=True, exclude_none=True)
