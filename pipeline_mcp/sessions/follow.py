"""See how a session is getting on, and wait for its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import applications, claims, glances, outbox, sessions, stages, units
from pipeline_mcp.db.engine import reading
from pipeline_mcp.db.retries import through_outages
from pipeline_mcp.domain.session import Glance, Progress, SessionView, StageRun, Standing

# The first looks come quickly, for sessions that the result cache answers; seconds.
_SHORTEST_PAUSE = 0.01
_PAUSE_GROWTH = 1.3


def view(session_id: str) -> SessionView:
    """The session as it stands.

    Raises:
        UnknownSessionError: there is no such session.
    """
    with reading() as connection:
        return sessions.view(connection, session_id)


def glimpse(session_ids: Collection[str]) -> dict[str, Glance]:
    """How these sessions move on, by their ids; those that do not exist are left out."""
    with reading() as connection:
        return glances.glances(connection, session_ids)


def stage_runs(session_id: str) -> list[StageRun]:
    """The stages that have begun, cycle by cycle in the order of `Stage`."""
    with reading() as connection:
        return stages.runs(connection, [session_id])[session_id]


def standing(session_id: str) -> Standing:
    """The session as it stands, and who works on it.

    Raises:
        UnknownSessionError: there is no such session.
    """
    with reading() as connection:
        return Standing(
            sessions.view(connection, session_id),
            units.attempts(connection, session_id),
            outbox.times_sent(connection, session_id),
            tuple(claims.leases(connection, session_id)),
            applications.latest(connection, session_id),
        )


def progress(session_id: str) -> Progress:
    """The session and its tools as they stand.

    Raises:
        UnknownSessionError: there is no such session.
    """
    with reading() as connection:
        return Progress(
            sessions.view(connection, session_id), tuple(units.progress(connection, session_id))
        )


def wait(
    session_id: str,
    *,
    timeout: float | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> SessionView:
    """Wait until the session is final, or `timeout` seconds; gives it as it stands then.

    A database that is away for less than the setting `outage_seconds` is waited for.

    Raises:
        UnknownSessionError: there is no such session.
        ServiceError: the database cannot be used.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    pause = _SHORTEST_PAUSE
    while True:
        seen = through_outages(lambda: progress(session_id))
        if on_progress is not None:
            on_progress(seen)
        left = float("inf") if deadline is None else deadline - time.monotonic()
        if seen.session.is_final or left <= 0:
            return seen.session
        time.sleep(min(pause, left))
        pause = min(pause * _PAUSE_GROWTH, settings().poll_seconds)
