"""Hear of changed sessions, whichever process changed them: wait for news instead of polling.

Everything here belongs to one event loop, and nothing needs to be started or stopped: the loop's
first listener connects it to the broker. While the broker is away nobody waits for news from it,
and when it is back everybody is told that anything may have changed.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import AsyncIterator, Callable, Container, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

from pipeline_mcp.announcer import ANY, CHANNEL, client_address, read_message
from pipeline_mcp.config.settings import settings

logger = logging.getLogger(__name__)

# Told a session's id, or `ANY`; called on the event loop, and must not raise.
Listener = Callable[[str], None]

# A worker of an older version, or one that cannot reach the broker, announces nothing.
_LONGEST_WAIT_SECONDS = 1.0
_SHORTEST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
# A connection over which nothing was heard for so long is asked whether it still is one.
_SILENCE_SECONDS = 15.0


class Watch:
    """News of some sessions; of which, may change at any time."""

    def __init__(self, session_ids: Container[str]) -> None:
        self._session_ids = session_ids
        self._news = asyncio.Event()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Inside, no change of the sessions is missed: look at them, wait, look again."""
        unsubscribe = feed().subscribe(self._hear)
        try:
            yield
        finally:
            unsubscribe()

    async def changed(self) -> None:
        """Return once one of the sessions may have changed since the last call.

        It returns early for no reason after a second, and at once while nothing can be heard:
        whoever looks again and again has to make pauses of his own.
        """
        if feed().is_connected:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LONGEST_WAIT_SECONDS):
                    await self._news.wait()
        self._news.clear()

    def _hear(self, session_id: str) -> None:
        if session_id == ANY or session_id in self._session_ids:
            self._news.set()


class Feed:
    """The event loop's ear: one connection, from the first listener on until the loop ends."""

    def __init__(self) -> None:
        self.is_connected = False
        self._listeners: dict[object, Listener] = {}
        self._task: asyncio.Task[None] | None = None

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for every change from now on, until the returned function is called."""
        token = object()
        self._listeners[token] = listener
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._listen())
            self._task.add_done_callback(self._ended)

        def unsubscribe() -> None:
            self._listeners.pop(token, None)

        return unsubscribe

    def _ended(self, _task: asyncio.Task[None]) -> None:
        self._task = None  # it would keep the loop alive, by which the feed is found

    async def _listen(self) -> None:
        """Stay connected; the first pauses are short, for a broker that is just starting."""
        from redis.exceptions import RedisError

        level = logging.WARNING
        pause = _SHORTEST_PAUSE_SECONDS
        while not _is_to_end():
            try:
                async with _subscription() as subscription:
                    pause, level = _SHORTEST_PAUSE_SECONDS, logging.WARNING
                    await self._hear(subscription)
            except (RedisError, OSError) as error:
                logger.log(level, "changes of sessions cannot be heard now: %s", error)
                level = logging.DEBUG  # once is enough
            finally:
                self.is_connected = False
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _hear(self, subscription: Any) -> None:
        """Pass on what comes, first of all that nobody knows what was missed until now."""
        self.is_connected = True
        self._tell(ANY)
        is_asked = False
        while not _is_to_end():
            heard = await subscription.get_message(timeout=_SILENCE_SECONDS)
            if heard is None:
                if is_asked:
                    raise TimeoutError("the broker is silent")
                await subscription.ping()
            elif heard["type"] == "message":
                for session_id in read_message(heard["data"]):
                    self._tell(session_id)
            is_asked = heard is None

    def _tell(self, session_id: str) -> None:
        for listener in list(self._listeners.values()):
            try:
                listener(session_id)
            except Exception:
                # One listener's mistake must not keep the news from the others.
                logger.exception("a listener to changes failed")


def _is_to_end() -> bool:
    """True once the task was cancelled: before Python 3.12 a library may have swallowed that."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


_feeds: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Feed] = weakref.WeakKeyDictionary()


def feed() -> Feed:
    """The feed of the running event loop."""
    return _feeds.setdefault(asyncio.get_running_loop(), Feed())


@asynccontextmanager
async def _subscription() -> AsyncIterator[Any]:
    """A connection to the broker that has subscribed to the channel.

    Raises:
        RedisError: the broker is away, or refuses us.
    """
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    timeout = settings().connect_timeout_seconds
    client = Redis.from_url(
        client_address(settings().broker),
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
    )
    async with client, client.pubsub() as subscription:
        await subscription.subscribe(CHANNEL)
        if await subscription.get_message(timeout=timeout) is None:
            raise TimeoutError("the broker does not answer")
        yield subscription
