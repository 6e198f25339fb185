"""What every message of a client passes before anything of the server runs for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, INVALID_REQUEST

from pipeline_mcp.domain.access import LOCAL_PRINCIPAL, AccessScope, Principal
from pipeline_mcp.errors import SettingError
from pipeline_mcp.server.access.offer import Offer
from pipeline_mcp.server.access.principal import Caller, calling, surrounding_caller
from pipeline_mcp.server.access.verified import VerifiedToken

if TYPE_CHECKING:
    from pipeline_mcp.server.served import ServedTool

Ctx: TypeAlias = ServerRequestContext[Any, Any]

# Tools are guarded one by one, and the rest says nothing of sessions.
_FOR_EVERYBODY = {"initialize", "server/discover", "ping", "tools/list", "tools/call"}
_FOR_EVERYBODY |= {"logging/setLevel"}
_CHANGES = {"tasks/cancel", "tasks/update"}


class AccessMiddleware:
    """Finds out who calls, what he is offered, and whether he may call the method at all.

    `is_open`: over HTTP, too, the caller is whoever uses this machine. Otherwise a request
    without a token that was checked is nobody's, and is not answered.
    """

    def __init__(self, tools: Iterable[ServedTool], offer: Offer, *, is_open: bool) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._toolsets = {tool.toolset for tool in self._tools.values()}
        self._offer = offer
        self._is_open = is_open

    async def __call__(self, ctx: Ctx, call_next: CallNext) -> HandlerResult:
        """Answer the message in the name of whoever sent it.

        Raises:
            MCPError: nobody sent it, or he may not.
        """
        caller = self._caller(ctx)
        if ctx.request_id is not None:
            _expect_scope(ctx.method, caller.principal)
        with calling(caller.principal, caller.offer):
            result = await call_next(ctx)
        if ctx.method == "tools/list" and isinstance(result, dict):
            shown = [tool for tool in result["tools"] if self._shows(tool["name"], caller)]
            return {**result, "tools": shown}
        return result

    def _caller(self, ctx: Ctx) -> Caller:
        """A call that the server makes to itself is made by whoever made it do so."""
        if ctx.request is None:
            return surrounding_caller() or Caller(self._without_token(), self._offer)
        user = ctx.request.scope.get("user")
        token = user.access_token if isinstance(user, AuthenticatedUser) else None
        if isinstance(token, VerifiedToken):
            principal = token.as_principal()
        else:
            principal = self._without_token()
        try:
            return Caller(principal, self._offer.narrowed(ctx.request.headers, self._toolsets))
        except SettingError as error:
            raise MCPError(INVALID_PARAMS, error.message) from error

    def _without_token(self) -> Principal:
        if self._is_open:
            return LOCAL_PRINCIPAL
        raise MCPError(INVALID_REQUEST, "Nobody has been authenticated for this call.")

    def _shows(self, name: str, caller: Caller) -> bool:
        tool = self._tools.get(name)
        return tool is None or (caller.offer.has(tool) and caller.principal.may(tool.scope))


def _expect_scope(method: str, principal: Principal) -> None:
    if method in _FOR_EVERYBODY:
        return
    needed = AccessScope.RUN if method in _CHANGES else AccessScope.READ
    if not principal.may(needed):
        has = ", ".join(sorted(principal.scopes)) or "none"
        raise MCPError(INVALID_REQUEST, f"{method} needs the scope {needed}; this token has {has}.")
