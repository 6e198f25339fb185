"""Requests of revision 2025-11-25 that the suite makes and the SDK leaves to its users."""

from __future__ import annotations

from typing import Any

from mcp.server import ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    EmptyResult,
    PromptReference,
    ResourceTemplateReference,
    SetLevelRequestParams,
    SubscribeRequestParams,
    UnsubscribeRequestParams,
)


async def _accepted(_ctx: ServerRequestContext[Any, Any], _params: object) -> EmptyResult:
    return EmptyResult()


async def _nothing_to_complete(
    _ref: PromptReference | ResourceTemplateReference,
    _argument: CompletionArgument,
    _context: CompletionContext | None,
) -> Completion:
    return Completion(values=[], total=0, has_more=False)


_PARAMS = {
    "logging/setLevel": SetLevelRequestParams,
    "resources/subscribe": SubscribeRequestParams,
    "resources/unsubscribe": UnsubscribeRequestParams,
}


def register(server: MCPServer[Any]) -> None:
    """Answer what the server does not answer by itself; its own answers are not touched."""
    low_level = server._lowlevel_server
    for method, params in _PARAMS.items():
        if low_level.get_request_handler(method) is None:
            low_level.add_request_handler(method, params, _accepted)
    if low_level.get_request_handler("completion/complete") is None:
        server.completion()(_nothing_to_complete)
