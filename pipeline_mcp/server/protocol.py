"""The SDK's server, made to answer as the protocol says where it does not by itself."""

from __future__ import annotations

from typing import Any

from mcp import MCPError
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import INVALID_PARAMS, CallToolResult, GetPromptResult, InputRequiredResult

from pipeline_mcp.server.arguments import unknown_tool


class ProtocolServer(MCPServer[Any]):
    """Refuses an unknown prompt as what it is; the SDK calls it a mistake of the server's.

    An unknown tool is an error that the model sees, as with the SDK, and names the one it meant.
    """

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """What the tool answers.

        Raises:
            ToolError: there is no such tool, or what it says is wrong.
        """
        if self._tool_manager.get_tool(name) is None:
            raise ToolError(unknown_tool(name, [tool.name for tool in await self.list_tools()]))
        return await super().call_tool(name, arguments, context)

    async def get_prompt(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        context: Context[Any, Any] | None = None,
    ) -> GetPromptResult | InputRequiredResult:
        """The prompt with its arguments filled in.

        Raises:
            MCPError: there is no such prompt.
        """
        known = [prompt.name for prompt in await self.list_prompts()]
        if name not in known:
            said = f"Unknown prompt: {name}. There are: {', '.join(known) or 'none'}."
            raise MCPError(INVALID_PARAMS, said)
        return await super().get_prompt(name, arguments, context)
