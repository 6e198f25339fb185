"""The SDK's server, made to answer as the protocol says where it does not by itself."""

from __future__ import annotations

from typing import Any

from mcp import MCPError
from mcp.server.mcpserver import Context, MCPServer
from mcp.types import INVALID_PARAMS, GetPromptResult, InputRequiredResult


class ProtocolServer(MCPServer[Any]):
    """Refuses an unknown prompt as what it is; the SDK calls it a mistake of the server's."""

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
