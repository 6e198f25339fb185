"""The wish to send a session's pipeline, kept until the session has ended."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, case, select, update

from pipeline_mcp.db import clock, events
from pipeline_mcp.db.admission import is_admitted
from pipeline_mcp.db.sessions import is_ours_to_do
from pipeline_mcp.db.tables import outbox, session, unit
from pipeline_mcp.domain.event import EventKind
from pipeline_mcp.domain.session import UNFINISHED_STATUSES
from pipeline_mcp.domain.unit import UnitState

# Its submitter, or whoever did its last step, may be about to take the next one; seconds.
GRACE_SECONDS = 1.0
# After so many sends the pause between two of them grows no longer.
_MOST_DOUBLINGS = 6


def wish(connection: Connection, session_id: str) -> None:
    """Note that the session is to be sent."""
    connection.execute(outbox.insert().values(session_id=session_id, created_at=clock.now()))


def mark_sent(connection: Connection, session_id: str, *, at: float | None = None) -> None:
    """The broker has the session's pipeline; `at` is when its history says so, None is now."""
    attempts = connection.execute(
        update(outbox)
        .where(outbox.c.session_id == session_id)
        .values(sent_at=clock.now(), attempts=outbox.c.attempts + 1)
        .returning(outbox.c.attempts)
    ).scalar()
    moment = clock.now() if at is None else at
    events.record_as_of(connection, session_id, EventKind.SENT, moment, {"attempt": attempts})


def mark_unsent(connection: Connection, session_ids: Collection[str]) -> None:
    """The broker did not get what was meant for these sessions: they are sent without delay."""
    connection.execute(
        update(outbox).where(outbox.c.session_id.in_(session_ids)).values(attempts=0)
    )


def mark_lost(connection: Connection, *, lease_seconds: float) -> None:
    """The broker has lost whatever it was given: no session's patience counts any more.

    What was sent within the last `lease_seconds` may have come after the loss; it gets the time
    that every session gets after its first send.
    """
    is_old = outbox.c.sent_at < clock.now() - lease_seconds
    unfinished = select(session.c.id).where(
        session.c.status.in_([status.value for status in UNFINISHED_STATUSES])
    )
    connection.execute(
        update(outbox)
        .where(outbox.c.attempts > 0, outbox.c.session_id.in_(unfinished))
        .values(attempts=case((is_old, 0), else_=1))
    )


def times_sent(connection: Connection, session_id: str) -> int:
    """How often the broker was given the session's pipeline."""
    sent = select(outbox.c.attempts).where(outbox.c.session_id == session_id)
    return connection.execute(sent).scalar() or 0


def forsaken(
    connection: Connection, *, lease_seconds: float, limit: int = 500
) -> list[tuple[str, int]]:
    """The admitted, unfinished sessions that nobody seems to work on, and how often each was sent.

    That is: never sent, or without a unit under a live lease and without any sign of life for
    `lease_seconds`, twice as long after every send, so that a session which only waits in a
    long queue is not sent over and over. The longest silent come first, at most `limit`.
    """
    rows = connection.execute(
        select(session.c.id, outbox.c.attempts)
        .join(outbox, outbox.c.session_id == session.c.id)
        .where(
            session.c.status.in_([status.value for status in UNFINISHED_STATUSES]),
            is_admitted(),
            session.c.updated_at < clock.now() - _patience(lease_seconds),
            ~has_live_unit(),
            is_ours_to_do(),
        )
        .order_by(session.c.updated_at, session.c.id)
        .limit(limit)
    )
    return [(row.id, row.attempts) for row in rows]


def _patience(lease_seconds: float) -> ColumnElement[float]:
    """By how often the session was sent; neither database raises numbers to powers alike."""
    doubled = [
        (outbox.c.attempts == sent, lease_seconds * 2 ** (sent - 1))
        for sent in range(1, _MOST_DOUBLINGS + 1)
    ]
    longest = lease_seconds * 2**_MOST_DOUBLINGS
    return case((outbox.c.attempts == 0, GRACE_SECONDS), *doubled, else_=longest)


def has_live_unit() -> ColumnElement[bool]:
    """True for sessions with a unit that somebody works on."""
    return (
        select(unit.c.key)
        .where(
            unit.c.session_id == session.c.id,
            unit.c.state == UnitState.RUNNING,
            unit.c.lease_until > clock.now(),
        )
        .exists()
    )
