"""Who makes the call that is being answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pipeline_mcp.domain.access import Principal

_caller: ContextVar[Principal] = ContextVar("caller")


def current_principal() -> Principal:
    """Whoever makes the call that is being answered.

    Raises:
        LookupError: no call is being answered here. There is no principal to fall back on, so
            that what runs outside of a call can never pass for somebody.
    """
    return _caller.get()


def surrounding_principal() -> Principal | None:
    """Whoever makes the call that this one is a part of, if it is a part of one."""
    return _caller.get(None)


@contextmanager
def calling(principal: Principal) -> Iterator[None]:
    """Inside, and in the threads and tasks that are started there, `principal` is the caller."""
    token = _caller.set(principal)
    try:
        yield
    finally:
        _caller.reset(token)
