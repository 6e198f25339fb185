"""Complete what a client's user types: arguments of addresses and of prompts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import anyio.to_thread
from mcp.server.mcpserver import MCPServer
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from pipeline_mcp.domain.access import Principal
from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.server.prompts.offered import NAMES, complete_argument
from pipeline_mcp.server.resources.completion import complete_address, values
from pipeline_mcp.server.resources.templates import TEMPLATES

_ADDRESSES = frozenset(template.uri for template in TEMPLATES)

_Reference: TypeAlias = PromptReference | ResourceTemplateReference


def serve_completion(server: MCPServer[Any]) -> None:
    """Let clients ask for completions."""

    async def complete(
        ref: _Reference, argument: CompletionArgument, context: CompletionContext | None
    ) -> Completion:
        if not await _is_offered(server, ref):
            asked = ref.name if isinstance(ref, PromptReference) else ref.uri
            said = f"There is no {asked!r} whose arguments could be completed."
            raise MCPError(code=INVALID_PARAMS, message=said)
        known = (context and context.arguments) or {}
        principal = current_principal()
        return await anyio.to_thread.run_sync(_complete, ref, argument, known, principal)

    server.completion()(complete)  # type: ignore[no-untyped-call]


async def _is_offered(server: MCPServer[Any], ref: _Reference) -> bool:
    if isinstance(ref, PromptReference):
        return ref.name in {prompt.name for prompt in await server.list_prompts()}
    return ref.uri in {one.uri_template for one in await server.list_resource_templates()}


def _complete(
    ref: _Reference, argument: CompletionArgument, known: Mapping[str, str], principal: Principal
) -> Completion:
    if isinstance(ref, PromptReference) and ref.name in NAMES:
        return complete_argument(argument.name, argument.value, known, principal)
    if isinstance(ref, ResourceTemplateReference) and ref.uri in _ADDRESSES:
        return complete_address(argument.name, argument.value, known, principal)
    return values(())
