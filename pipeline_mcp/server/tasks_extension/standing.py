"""For whom a call is made: a task may take its time, and one of a session starts no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_session: ContextVar[str | None] = ContextVar("session_of_the_task", default=None)
_is_patient: ContextVar[bool] = ContextVar("is_for_a_task", default=False)


def is_for_a_task() -> bool:
    """True in a call whose answer a task waits for, so that it may take longer than clients do."""
    return _is_patient.get()


@contextmanager
def for_a_task() -> Iterator[None]:
    """Inside, a call is made for a task."""
    token = _is_patient.set(True)
    try:
        yield
    finally:
        _is_patient.reset(token)


def session_of_the_task() -> str | None:
    """The session that the call has started already; None in a call that is made first.

    A tool that starts sessions asks before it does.
    """
    return _session.get()


@contextmanager
def repeating(session_id: str) -> Iterator[None]:
    """Inside, a tool that would start a session speaks of `session_id`."""
    token = _session.set(session_id)
    try:
        yield
    finally:
        _session.reset(token)
