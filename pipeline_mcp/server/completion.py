"""Complete what a client's user types: arguments of addresses and of prompts."""

from __future__ import annotations

from typing import Any

import anyio.to_thread
from mcp.server.mcpserver import MCPServer
from mcp.types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.server.resources.completion import complete_address
from pipeline_mcp.server.resources.templates import TEMPLATES

_ADDRESSES = frozenset(template.uri for template in TEMPLATES)


def serve_completion(server: MCPServer[Any]) -> None:
    """Let clients ask for completions."""
    server.completion()(_complete)  # type: ignore[no-untyped-call]


async def _complete(
    ref: PromptReference | ResourceTemplateReference,
    argument: CompletionArgument,
    context: CompletionContext | None,
) -> Completion | None:
    others = (context and context.arguments) or {}
    principal = current_principal()

    def look() -> Completion | None:
        if isinstance(ref, ResourceTemplateReference) and ref.uri in _ADDRESSES:
            return complete_address(argument.name, argument.value, others, principal)
        return None

    return await anyio.to_thread.run_sync(look)
