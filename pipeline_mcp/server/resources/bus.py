"""Carry changes of sessions, made by any process, to the clients that follow them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import anyio.lowlevel
from mcp.server.subscriptions import ResourceUpdated, ServerEvent

from pipeline_mcp.announcer import ANY, announce
from pipeline_mcp.server.resources.address import session_of
from pipeline_mcp.sessions.changes import feed

logger = logging.getLogger(__name__)

Listener = Callable[[ServerEvent], None]

# A session that changes all the time is spoken of once in so many seconds.
_ROUND_SECONDS = 0.25

_asked: ContextVar[frozenset[str]] = ContextVar("asked", default=frozenset())


@contextmanager
def asking_for(uris: Iterable[str]) -> Iterator[None]:
    """Whoever subscribes to the bus inside wants to hear of these resources, and may."""
    token = _asked.set(frozenset(uris))
    try:
        yield
    finally:
        _asked.reset(token)


class Stream:
    """Somebody who listens, and the resources he wants to hear of; they may change."""

    def __init__(self, listener: Listener, uris: Iterable[str]) -> None:
        self.listener = listener
        self.uris = set(uris)

    def tell(self, event: ServerEvent) -> None:
        """Let him know; his mistakes are kept from the others."""
        try:
            self.listener(event)
        except Exception:
            logger.exception("a subscriber failed")


class SessionBus:
    """The SDK's `SubscriptionBus`: it has no replay, but after a gap says all may have changed.

    A session is followed by name, because a message says no more than which session changed.
    Whatever is no session's stays within this process.
    """

    def __init__(self) -> None:
        self._streams: dict[Stream, None] = {}
        self._changed: set[str] = set()
        self._is_resting = False
        self._leave_feed: Callable[[], None] | None = None

    async def publish(self, event: ServerEvent) -> None:
        """Let everybody know: of a session in all processes, of the rest in this one."""
        session_id = session_of(event.uri) if isinstance(event, ResourceUpdated) else None
        if session_id is not None:
            announce([session_id])
            return
        for stream in list(self._streams):
            stream.tell(event)
        await anyio.lowlevel.checkpoint()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell the listener what was asked for in `asking_for`, until the result is called."""
        stream = self.open(listener, _asked.get())
        return lambda: self.close(stream)

    def open(self, listener: Listener, uris: Iterable[str]) -> Stream:
        """A stream of updates of these resources, to be closed with `close`."""
        stream = Stream(listener, uris)
        self._streams[stream] = None
        if self._leave_feed is None:
            self._leave_feed = feed().subscribe(self._hear)
        return stream

    def close(self, stream: Stream) -> None:
        """Tell it nothing more; may be called twice."""
        self._streams.pop(stream, None)
        if not self._streams and self._leave_feed is not None:
            self._leave_feed()
            self._leave_feed = None

    def _hear(self, session_id: str) -> None:
        self._changed.add(session_id)
        if not self._is_resting:
            self._is_resting = True
            self._round()

    def _round(self) -> None:
        """Pass on what has changed since the last round; without news there is no next one."""
        if not self._changed:
            self._is_resting = False
            return
        changed, self._changed = self._changed, set()
        for stream in list(self._streams):
            for uri in sorted(stream.uris):
                session_id = session_of(uri)
                if session_id and not changed.isdisjoint((session_id, ANY)):
                    stream.tell(ResourceUpdated(uri))
        asyncio.get_running_loop().call_later(_ROUND_SECONDS, self._round)
