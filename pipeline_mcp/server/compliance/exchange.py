"""A client's connection to this very server, in memory, with its answers as they arrive."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
from mcp import Client, MCPError
from mcp.server.mcpserver import MCPServer
from mcp.server.runner import serve_dual_era_loop
from mcp.shared.memory import create_client_server_memory_streams
from mcp.types import Request
from pydantic import RootModel

# How the SDK's client is told which of the two revisions to speak.
REVISIONS = {"2025-11-25": "legacy", "2026-07-28": "auto"}


class _Anything(RootModel[dict[str, Any]]):
    """A result as it stands on the wire, without what the SDK would add or leave out."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A result, or the code and the message of a JSON-RPC error."""

    result: dict[str, Any]
    code: int | None = None
    message: str = ""

    @property
    def text(self) -> str:
        """What a caller reads of it."""
        if self.code is not None:
            return self.message
        blocks = self.result.get("content") or ()
        return "\n".join(str(block.get("text", "")) for block in blocks)

    @property
    def is_tool_error(self) -> bool:
        """True for a result that says of itself that the call failed."""
        return bool(self.result.get("isError"))


class Exchange:
    """A connection; made by `exchange`."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.revision = client.protocol_version

    def offers(self, capability: str) -> bool:
        """True if the server says that it has resources, prompts, …"""
        return getattr(self.client.server_capabilities, capability, None) is not None

    async def ask(self, method: str, params: dict[str, Any] | None = None) -> Answer:
        """Send a request; whatever comes back is an answer."""
        request = Request[Any, Any](method=method, params=params or {})
        try:
            found = await self.client.session.send_request(request, _Anything)
            return Answer(found.root)
        except MCPError as error:
            return Answer({}, error.error.code, error.error.message)

    async def call(self, tool: str, arguments: dict[str, Any]) -> Answer:
        """Call a tool."""
        return await self.ask("tools/call", {"name": tool, "arguments": arguments})


@asynccontextmanager
async def exchange(
    server: MCPServer[Any], lifespan_state: Any, revision: str
) -> AsyncIterator[Exchange]:
    """Connect in that revision, by the real handshake and over real messages."""
    transport = _streams(server, lifespan_state)
    async with Client(transport, mode=REVISIONS[revision], cache=None) as client:
        yield Exchange(client)


@asynccontextmanager
async def _streams(server: MCPServer[Any], lifespan_state: Any) -> AsyncIterator[Any]:
    """The client's ends. The server is in its life already, and must not begin it once more."""
    low = server._lowlevel_server
    async with (
        create_client_server_memory_streams() as (client_streams, server_streams),
        anyio.create_task_group() as group,
    ):

        async def serve() -> None:
            await serve_dual_era_loop(
                low,
                *server_streams,
                lifespan_state=lifespan_state,
                init_options=low.create_initialization_options(),
            )

        group.start_soon(serve)
        try:
            yield client_streams
        finally:
            await client_streams[1].aclose()
