"""What every message of a client passes before anything of the server runs for it."""

from __future__ import annotations

from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from pipeline_mcp.domain.access import LOCAL_PRINCIPAL, Principal
from pipeline_mcp.server.access.principal import calling, surrounding_principal


class AccessMiddleware:
    """Finds out who calls."""

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Answer the message in the name of whoever sent it."""
        with calling(_caller()):
            return await call_next(ctx)


def _caller() -> Principal:
    """A call that the server makes to itself is made by whoever made it do so."""
    return surrounding_principal() or LOCAL_PRINCIPAL
