"""How much one caller may ask in a minute, counted by all servers of a broker together."""

from __future__ import annotations

import hashlib
import logging
import math
import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import principal_components
from redis.exceptions import RedisError
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline_mcp.announcer import client_address
from pipeline_mcp.config.authentication import is_loopback
from pipeline_mcp.config.settings import settings
from pipeline_mcp.server.web import paths
from pipeline_mcp.server.web.refusal import refusal

logger = logging.getLogger(__name__)

_PREFIX = "pipeline-mcp:rate"
# A request must not wait for a broker that hangs: then each server counts by itself for a while.
_ANSWER_SECONDS = 0.25
_ALONE_SECONDS = 10.0


class Meter:
    """Takes note of what callers ask; a request over the limit does not count."""

    def __init__(self, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._alone = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = SlidingWindowCounterRateLimiter(_shared_storage())
        self._alone_until = 0.0

    async def seconds_to_wait(self, caller: str) -> float:
        """0 if `caller` may go on, else in how many seconds the next request is let in."""
        if time.monotonic() >= self._alone_until:
            try:
                return await self._ask(self._shared, caller)
            except (RedisError, OSError) as error:
                logger.warning("requests are counted by this server alone: %s", error)
                self._alone_until = time.monotonic() + _ALONE_SECONDS
        return await self._ask(self._alone, caller)

    async def _ask(self, limiter: SlidingWindowCounterRateLimiter, caller: str) -> float:
        if await limiter.hit(self._item, caller):
            return 0.0
        window = await limiter.get_window_stats(self._item, caller)
        return max(window.reset_time - time.time(), 0.001)


def _shared_storage() -> RedisStorage:
    address = client_address(settings().broker)
    if address.startswith("unix:"):
        address = f"redis+{address}"
    return RedisStorage(
        f"async+{address}",
        implementation="redispy",
        key_prefix=_PREFIX,
        socket_timeout=_ANSWER_SECONDS,
        socket_connect_timeout=_ANSWER_SECONDS,
    )


class RateLimit:
    """Refuses callers who ask too much; whoever is on this machine has better ways to harm it."""

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self._app = app
        self._meter = Meter(per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request, and answer it or say when to come again."""
        caller = _caller(scope)
        wait = 0.0 if caller is None else await self._meter.seconds_to_wait(caller)
        if not wait:
            await self._app(scope, receive, send)
            return
        seconds = math.ceil(wait)
        said = f"Too many requests: try again in {seconds} s (server.requests_per_minute)."
        answer = refusal(scope, 429, said, headers={"Retry-After": f"{seconds}"})
        await answer(scope, receive, send)


def _caller(scope: Scope) -> str | None:
    """The token's owner, else the address; None for those who are not counted."""
    if scope["type"] != "http" or paths.path_of(scope) in paths.FOR_MACHINES:
        return None
    user = scope.get("user")
    if isinstance(user, AuthenticatedUser):
        return _key("principal", *principal_components(user.access_token))
    address = scope["client"][0] if scope.get("client") else ""
    return None if is_loopback(address) else _key("address", address)


def _key(*parts: str | None) -> str:
    """A short key that says nothing about whom it stands for."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
