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
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline_mcp.announcer import client_address
from pipeline_mcp.config.authentication import is_loopback
from pipeline_mcp.config.settings import settings
from pipeline_mcp.server.web import paths
from pipeline_mcp.server.web.refusal import refusal

logger = logging.getLogger(__name__)

_UNAUTHORIZED = 401
_PREFIX = "pipeline-mcp:rate"
# A request must not wait for a broker that hangs: then each server counts by itself for a while.
_ANSWER_SECONDS = 0.25
_ALONE_SECONDS = 10.0


class Meter:
    """Takes note of what callers ask; what is refused does not count."""

    def __init__(self, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._alone = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._pool = ConnectionPool.from_url(
            client_address(settings().broker),
            socket_timeout=_ANSWER_SECONDS,
            socket_connect_timeout=_ANSWER_SECONDS,
        )
        self._shared = SlidingWindowCounterRateLimiter(_storage_on(self._pool))
        self._alone_until = 0.0

    async def close(self) -> None:
        """Let go of the broker."""
        await self._pool.aclose()

    async def seconds_to_wait(self, caller: str, *, cost: int = 1) -> float:
        """0 if `caller` may go on, else in how many seconds; without a cost nothing is noted."""
        if time.monotonic() >= self._alone_until:
            try:
                return await self._ask(self._shared, caller, cost)
            except (RedisError, OSError) as error:
                logger.warning("requests are counted by this server alone: %s", error)
                self._alone_until = time.monotonic() + _ALONE_SECONDS
        return await self._ask(self._alone, caller, cost)

    async def _ask(self, limiter: SlidingWindowCounterRateLimiter, caller: str, cost: int) -> float:
        if cost:
            is_over = not await limiter.hit(self._item, caller, cost=cost)
        else:
            is_over = not await limiter.test(self._item, caller)
        if not is_over:
            return 0.0
        window = await limiter.get_window_stats(self._item, caller)
        return max(window.reset_time - time.time(), 0.001)


def _storage_on(pool: ConnectionPool) -> RedisStorage:
    return RedisStorage(
        "async+redis://",
        implementation="redispy",
        key_prefix=_PREFIX,
        connection_pool=pool,  # type: ignore[arg-type] # documented, and not in its types
    )


class RateLimit:
    """Refuses callers who ask too much; whoever is on this machine has better ways to harm it."""

    def __init__(self, app: ASGIApp, meter: Meter) -> None:
        self._app = app
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request, and answer it or say when to come again."""
        caller = _caller(scope)
        wait = 0.0 if caller is None else await self._meter.seconds_to_wait(caller)
        await (_too_many(scope, wait) if wait else self._app)(scope, receive, send)


class RefusalLimit:
    """Listens no longer to an address from which too many bad tokens come."""

    def __init__(self, app: ASGIApp, meter: Meter) -> None:
        self._app = app
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request if it is refused for want of a good token."""
        address = _address(scope, "refused")
        if address is None:
            await self._app(scope, receive, send)
            return
        wait = await self._meter.seconds_to_wait(address, cost=0)
        if wait:
            await _too_many(scope, wait)(scope, receive, send)
            return

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == _UNAUTHORIZED:
                await self._meter.seconds_to_wait(address)
            await send(message)

        await self._app(scope, receive, watched)


def _too_many(scope: Scope, wait: float) -> JSONResponse:
    seconds = math.ceil(wait)
    said = f"Too many requests: try again in {seconds} s (server.requests_per_minute)."
    return refusal(scope, 429, said, headers={"Retry-After": f"{seconds}"})


def _caller(scope: Scope) -> str | None:
    """The token's owner, else the address; None for those who are not counted."""
    user = scope.get("user")
    if isinstance(user, AuthenticatedUser) and paths.path_of(scope) not in paths.FOR_MACHINES:
        return _key("principal", *principal_components(user.access_token))
    return _address(scope, "address")


def _address(scope: Scope, kind: str) -> str | None:
    if scope["type"] != "http" or paths.path_of(scope) in paths.FOR_MACHINES:
        return None
    address = scope["client"][0] if scope.get("client") else ""
    return None if is_loopback(address) else _key(kind, address)


def _key(*parts: str | None) -> str:
    """A short key that says nothing about whom it stands for."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
