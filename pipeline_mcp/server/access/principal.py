"""Who makes the call that is being answered, and what of the server he is offered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from pipeline_mcp.domain.access import Principal
from pipeline_mcp.server.access.offer import EVERYTHING, Offer


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a wish."""

    principal: Principal
    offer: Offer


_caller: ContextVar[Caller] = ContextVar("caller")


def current_principal() -> Principal:
    """Whoever makes the call that is being answered.

    Raises:
        LookupError: no call is being answered here. There is no principal to fall back on, so
            that what runs outside of a call can never pass for somebody.
    """
    return _caller.get().principal


def current_offer() -> Offer:
    """What the call that is being answered may use; raises what `current_principal` raises."""
    return _caller.get().offer


def surrounding_caller() -> Caller | None:
    """Whoever makes the call that this one is a part of, if it is a part of one."""
    return _caller.get(None)


@contextmanager
def calling(principal: Principal, offer: Offer = EVERYTHING) -> Iterator[None]:
    """Inside, and in the threads and tasks that are started there, `principal` is the caller."""
    token = _caller.set(Caller(principal, offer))
    try:
        yield
    finally:
        _caller.reset(token)
