"""The session that a repeated call is about, so that it tells its outcome and starts no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_session: ContextVar[str | None] = ContextVar("session_of_the_task", default=None)


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
