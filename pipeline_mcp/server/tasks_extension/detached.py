"""The context of a call whose client is not listening any more."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.session import ServerSession
from mcp.shared.dispatcher import CallOptions
from mcp.shared.exceptions import NoBackChannelError
from mcp.shared.message import MessageMetadata
from mcp.shared.transport_context import TransportContext
from mcp.types import CLIENT_CAPABILITIES_META_KEY, CLIENT_INFO_META_KEY, RequestId

OnProgress = Callable[[str], Awaitable[None]]


async def _unheard(_message: str) -> None:
    """Nobody wants to know."""


def detached(
    ctx: ServerRequestContext[Any, Any], on_progress: OnProgress = _unheard
) -> ServerRequestContext[Any, Any]:
    """The same client's context, which outlives the request; progress goes to `on_progress`."""
    meta: Mapping[str, Any] = ctx.meta or {}
    connection = Connection.from_envelope(
        ctx.protocol_version, meta.get(CLIENT_INFO_META_KEY), meta.get(CLIENT_CAPABILITIES_META_KEY)
    )
    session = ServerSession(_Channel(on_progress, ctx.request_id), connection)
    return dataclasses.replace(
        ctx, session=session, close_sse_stream=None, close_standalone_sse_stream=None
    )


_NO_TRANSPORT = TransportContext(kind="task", can_send_request=False)


@dataclasses.dataclass
class _Channel:
    """The way to the client, which leads nowhere: notifications end here, requests are refused."""

    on_progress: OnProgress
    request_id: RequestId | None
    transport: TransportContext = _NO_TRANSPORT
    can_send_request: bool = False
    message_metadata: MessageMetadata = None
    cancel_requested: anyio.Event = dataclasses.field(default_factory=anyio.Event)

    async def send_raw_request(
        self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        """Refuse: what a task asks it returns as an `InputRequiredResult`."""
        raise NoBackChannelError(method)

    async def notify(
        self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None
    ) -> None:
        """Nothing of a task goes out but its status."""

    async def progress(
        self, progress: float, total: float | None = None, message: str | None = None
    ) -> None:
        """Pass on what there is to say."""
        share = f"{progress:g}" if total is None else f"{progress:g} of {total:g}"
        await self.on_progress(f"{message} ({share})" if message else share)
