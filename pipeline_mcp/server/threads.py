"""Blocking work of a call, in threads of its own number: no call waits for another's database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio.to_thread
from anyio.lowlevel import RunVar

Result = TypeVar("Result")

# As many as there are connections to the database, see `sqlalchemy.pool.QueuePool`.
_AT_ONCE = 15
_limiter: RunVar[anyio.CapacityLimiter] = RunVar("calls")


async def blocking(function: Callable[..., Result], *arguments: object) -> Result:
    """What the function gives; the caller's context is there in its thread too.

    A cancelled call is answered only after the thread is done: what it writes is whole.
    """
    try:
        limiter = _limiter.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(_AT_ONCE)
        _limiter.set(limiter)
    return await anyio.to_thread.run_sync(function, *arguments, limiter=limiter)
