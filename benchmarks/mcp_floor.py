"""The floor for `mcp_latency`: the SDK's server with one tool that does nothing."""

from __future__ import annotations

import sys
from typing import Any

from mcp.server.mcpserver import MCPServer

server: MCPServer[Any] = MCPServer(name="floor", log_level="WARNING")


@server.tool()
async def nothing() -> dict[str, Any]:
    """Answer with nothing."""
    return {}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
    else:
        server.run("stdio")
