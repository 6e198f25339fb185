"""Tell every process which sessions have changed: over the broker, best effort, in nobody's way.

The database is the truth. Whoever misses a message sees the change a little later, when he looks.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import json
import logging
import os
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from pipeline_mcp.config.settings import settings

logger = logging.getLogger(__name__)

CHANNEL = "pipeline-mcp:changes"
# In place of a session's id: any session may have changed.
ANY = "*"

# Between two messages: a session that changes all the time is spoken of so often, in seconds.
_ROUND_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0
# A broker that was away for so many rounds is left alone until there is something new to say.
_MOST_FAILURES = 8
# A thread with nothing to say ends, and its connection with it.
_IDLE_SECONDS = 10.0
_LAST_WORD_SECONDS = 0.5
# Of more ids than these it is shorter to say `ANY`.
_MOST_IDS = 1_000


def announce(session_ids: Collection[str]) -> None:
    """Say that these sessions have changed; returns at once, and never fails."""
    if session_ids:
        current = settings()
        _announcer(current.broker, current.connect_timeout_seconds, os.getpid()).add(session_ids)


def client_address(broker_url: str) -> str:
    """The broker's address as `redis` takes it; `broker_url` is as Celery takes it."""
    parts = urlsplit(broker_url)
    scheme = "unix" if parts.scheme == "redis+socket" else parts.scheme
    query = urlencode(
        [
            (name, value.lower().removeprefix("cert_") if name == "ssl_cert_reqs" else value)
            for name, value in parse_qsl(parts.query)
            if name != "virtual_host"
        ]
    )
    return f"{scheme}://{parts.netloc}{parts.path}{'?' if query else ''}{query}"


def message(session_ids: Collection[str]) -> str:
    """What is published about these sessions."""
    return json.dumps(sorted(session_ids))


def read_message(data: Any) -> frozenset[str]:
    """The ids in a published message; what is not one stands for `ANY`."""
    try:
        ids = json.loads(data)
    except (TypeError, ValueError):
        return frozenset({ANY})
    if isinstance(ids, list) and all(isinstance(one, str) for one in ids):
        return frozenset(ids)
    return frozenset({ANY})


# By process as well: a fork has the object, but not its thread.
@functools.lru_cache(maxsize=8)
def _announcer(url: str, connect_timeout: float, _process: int) -> _Announcer:
    # Here, in the thread of whoever has news: once the process has begun to end, Python lets no
    # thread import what starts threads itself. A command that only reads never pays for it.
    importlib.import_module("redis")
    return _Announcer(client_address(url), connect_timeout)


class _Announcer:
    """Collects what has changed, and says it in a thread of its own, some times a second."""

    def __init__(self, url: str, connect_timeout: float) -> None:
        self._url = url
        self._timeout = connect_timeout
        self._news = threading.Condition()
        self._pending: set[str] = set()
        self._thread: threading.Thread | None = None
        # Held while something is being said, so that the end of the process can wait for it.
        self._saying = threading.Lock()
        self._failures = 0
        atexit.register(self._last_word)

    def add(self, session_ids: Collection[str]) -> None:
        """Say so soon."""
        with self._news:
            self._pending.update(session_ids)
            if len(self._pending) > _MOST_IDS:
                self._pending = {ANY}
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="announcer", daemon=True)
                self._thread.start()
            self._news.notify()

    def _run(self) -> None:
        try:
            with _client(self._url, self._timeout) as client:
                while self._has_news():
                    self._say(client)
                    pause = _ROUND_SECONDS * 2**self._failures
                    time.sleep(min(pause, _LONGEST_PAUSE_SECONDS))
        except ValueError as error:
            # The thread stays the announcer's: with such an address none will do any better.
            logger.warning("changes of sessions cannot be announced: %s", error)

    def _has_news(self) -> bool:
        """Wait for something to say; False if the thread is to end."""
        with self._news:
            if self._failures < _MOST_FAILURES:
                self._news.wait_for(lambda: self._pending, timeout=_IDLE_SECONDS)
                if self._pending:
                    return True
            self._failures = 0
            self._thread = None
            return False

    def _say(self, client: Any) -> None:
        """Publish what there is; what cannot be published stays for the next time."""
        from redis.exceptions import RedisError

        with self._saying:
            with self._news:
                batch, self._pending = self._pending, set()
            try:
                if batch:
                    client.publish(CHANNEL, message(batch))
                self._failures = 0
            except (RedisError, OSError) as error:
                logger.debug("changes of sessions cannot be announced now: %s", error)
                self._failures += 1
                with self._news:
                    self._pending |= batch

    def _last_word(self) -> None:
        """Before the process ends: what was not said yet, if the broker seems to be there."""
        if not self._saying.acquire(timeout=_LAST_WORD_SECONDS):
            return
        self._saying.release()
        if self._pending and not self._failures:
            with suppress(ValueError), _client(self._url, _LAST_WORD_SECONDS) as client:
                self._say(client)


def _client(url: str, timeout: float) -> Any:
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Redis.from_url(
        url, socket_connect_timeout=timeout, socket_timeout=timeout, retry=Retry(NoBackoff(), 1)
    )
