"""Wait for sessions to move on: one look at the database for all calls that wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.session import Glance
from pipeline_mcp.sessions import changes
from pipeline_mcp.sessions.follow import glimpse


class Watch:
    """The calls of one event loop that wait; of those, one at a time looks, for all of them.

    There is no task in the background that could die or be left over: where the call that was
    about to look is cancelled, another one takes its turn.
    """

    def __init__(self) -> None:
        self._watched: Counter[str] = Counter()
        self._seen: dict[str, Glance] = {}
        self._looked = anyio.Event()
        self._is_looking = False
        self._news = changes.Watch(self._watched)
        # Never waits for the threads of other calls.
        self._limiter = anyio.CapacityLimiter(1)

    @asynccontextmanager
    async def watching(self, session_id: str) -> AsyncIterator[None]:
        """Inside, `next` may be asked for the session."""
        self._watched[session_id] += 1
        try:
            with self._news.listening():
                yield
        finally:
            self._watched[session_id] -= 1
            if not self._watched[session_id]:
                del self._watched[session_id]
                self._seen.pop(session_id, None)

    async def next(self, session_id: str) -> Glance | None:
        """The session at the next look, a little later; None if it is not there any more.

        Raises:
            ServiceError: the database cannot be used.
        """
        while True:
            if not self._is_looking:
                await self._look()
                return self._seen.get(session_id)
            # A look may have begun before this call came, or been cut off.
            looked = self._looked
            await looked.wait()
            if session_id in self._seen:
                return self._seen[session_id]

    async def _look(self) -> None:
        self._is_looking = True
        try:
            await anyio.sleep(settings().poll_seconds)
            await self._news.changed()
            wanted = list(self._watched)
            self._seen = await anyio.to_thread.run_sync(glimpse, wanted, limiter=self._limiter)
        finally:
            self._is_looking = False
            self._looked.set()
            self._looked = anyio.Event()


_watch: RunVar[Watch] = RunVar("watch")


def watch() -> Watch:
    """The watch of the running event loop."""
    try:
        return _watch.get()
    except LookupError:
        made = Watch()
        _watch.set(made)
        return made
