"""Who may follow what: `subscriptions/listen`, and `resources/subscribe` of older revisions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import anyio.to_thread
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.session import ServerSession
from mcp.server.subscriptions import ResourceUpdated, ServerEvent
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    EmptyResult,
    SubscribeRequestParams,
    UnsubscribeRequestParams,
)

from pipeline_mcp.domain.access import Principal
from pipeline_mcp.errors import UnknownSessionError
from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.server.resources.address import session_of
from pipeline_mcp.server.resources.bus import SessionBus, Stream, asking_for
from pipeline_mcp.server.resources.server import SessionServer, not_found
from pipeline_mcp.sessions.access import expect_access

MOST_URIS = 200
_KEY = "pipeline-mcp/subscriber"


class FollowingMiddleware:
    """Leaves of what a client wants to listen to only what it may see.

    The server's acknowledgement then names no other: a session of somebody else is left out as
    one that does not exist.
    """

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Answer the message."""
        wanted = (ctx.params or {}).get("notifications")
        if ctx.method != "subscriptions/listen" or not isinstance(wanted, dict):
            return await call_next(ctx)
        uris = wanted.get("resourceSubscriptions")
        if not isinstance(uris, list):
            return await call_next(ctx)
        kept = await _visible(uris)
        wanted = {**wanted, "resourceSubscriptions": kept}
        params = {**(ctx.params or {}), "notifications": wanted}
        with asking_for(kept):
            return await call_next(replace(ctx, params=params))


def serve_subscribe(server: SessionServer, bus: SessionBus) -> None:
    """Let clients of the revisions with a handshake subscribe and unsubscribe."""

    async def expect_resource(uri: str) -> None:
        is_session = session_of(uri) is not None
        if not (await _visible([uri]) if is_session else await server.has_resource(uri)):
            raise not_found(uri, f"Unknown resource: {uri}")

    async def subscribe(
        ctx: ServerRequestContext[Any, Any], params: SubscribeRequestParams
    ) -> EmptyResult:
        await expect_resource(params.uri)
        _subscriber(ctx, bus).add(params.uri)
        return EmptyResult()

    async def unsubscribe(
        ctx: ServerRequestContext[Any, Any], params: UnsubscribeRequestParams
    ) -> EmptyResult:
        await expect_resource(params.uri)
        _subscriber(ctx, bus).discard(params.uri)
        return EmptyResult()

    # The SDK's own server has no place for the two; its low-level one does.
    lowlevel = server._lowlevel_server
    lowlevel.add_request_handler("resources/subscribe", SubscribeRequestParams, subscribe)
    lowlevel.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, unsubscribe)


class _Subscriber:
    """A connection that has subscribed to resources, and the task that sends it the updates."""

    def __init__(self, bus: SessionBus, session: ServerSession) -> None:
        self._bus = bus
        self._session = session
        self._stream: Stream = bus.open(self._hear, ())
        self._pending: dict[str, None] = {}
        self._news = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._send())

    def add(self, uri: str) -> None:
        """Send updates of this resource as well."""
        if len(self._stream.uris) >= MOST_URIS:
            raise _too_many()
        self._stream.uris.add(uri)

    def discard(self, uri: str) -> None:
        """Send none of it any more."""
        self._stream.uris.discard(uri)

    def close(self) -> None:
        """The connection is gone."""
        self._bus.close(self._stream)
        self._task.cancel()

    def _hear(self, event: ServerEvent) -> None:
        if isinstance(event, ResourceUpdated) and event.uri in self._stream.uris:
            self._pending[event.uri] = None
            self._news.set()

    async def _send(self) -> None:
        """One after the other; of a resource that changes meanwhile one more time is enough."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._pending:
                await self._session.send_resource_updated(self._pending.popitem()[0])


def _subscriber(ctx: ServerRequestContext[Any, Any], bus: SessionBus) -> _Subscriber:
    """The connection's, which lives as long as the connection does."""
    # The one way to the connection's own state and end; the SDK means both for handlers.
    connection = ctx.session._connection
    if _KEY not in connection.state:
        subscriber = _Subscriber(bus, ctx.session)
        connection.state[_KEY] = subscriber
        connection.exit_stack.callback(subscriber.close)
    found: _Subscriber = connection.state[_KEY]
    return found


async def _visible(uris: Iterable[Any]) -> list[str]:
    """Those that the caller may follow: of his sessions, and whatever is no session's."""
    asked = list(dict.fromkeys(uri for uri in uris if isinstance(uri, str)))
    if len(asked) > MOST_URIS:
        raise _too_many()
    principal = current_principal()
    sessions = {session_id for uri in asked if (session_id := session_of(uri)) is not None}
    visible = await anyio.to_thread.run_sync(_of, sessions, principal)
    return [uri for uri in asked if session_of(uri) in {None, *visible}]


def _of(session_ids: Iterable[str], principal: Principal) -> set[str]:
    return {session_id for session_id in session_ids if _may_see(session_id, principal)}


def _may_see(session_id: str, principal: Principal) -> bool:
    try:
        expect_access(session_id, principal)
    except UnknownSessionError:
        return False
    return True


def _too_many() -> MCPError:
    return MCPError(
        code=INVALID_PARAMS, message=f"At most {MOST_URIS} resources can be followed at once."
    )
