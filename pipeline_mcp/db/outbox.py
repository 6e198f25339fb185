"""The wish to send a session's pipeline, kept until the broker has it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, select, update

from pipeline_mcp.db import clock
from pipeline_mcp.db.tables import outbox, session, unit
from pipeline_mcp.domain.session import FINAL_STATUSES
from pipeline_mcp.domain.unit import UnitState

# After so many sends the pause between two of them grows no longer.
_MOST_DOUBLINGS = 6


def wish(connection: Connection, session_id: str) -> None:
    """Note that the session is to be sent."""
    connection.execute(outbox.insert().values(session_id=session_id, created_at=clock.now()))


def mark_sent(connection: Connection, session_id: str) -> None:
    """The broker has the session's pipeline."""
    connection.execute(
        update(outbox)
        .where(outbox.c.session_id == session_id)
        .values(sent_at=clock.now(), attempts=outbox.c.attempts + 1)
    )


def forsaken(connection: Connection, *, lease_seconds: float) -> list[str]:
    """The unfinished sessions that nobody seems to work on, oldest first.

    That is: never sent, or without a unit under a live lease and without any sign of life for
    `lease_seconds`, twice as long after every send, so that a session which only waits in a
    long queue is not sent over and over.
    """
    rows = connection.execute(
        select(session.c.id, session.c.updated_at, outbox.c.attempts, clock.now().label("now"))
        .join(outbox, outbox.c.session_id == session.c.id)
        .where(
            session.c.status.not_in([status.value for status in FINAL_STATUSES]),
            ~_has_live_unit(),
        )
        .order_by(session.c.created_at)
    )
    return [
        row.id for row in rows if row.now - row.updated_at > _patience(row.attempts, lease_seconds)
    ]


def _patience(attempts: int, lease_seconds: float) -> float:
    if attempts == 0:
        return 1.0  # its submitter may be about to send it
    return float(lease_seconds * 2 ** min(attempts - 1, _MOST_DOUBLINGS))


def _has_live_unit() -> ColumnElement[bool]:
    return (
        select(unit.c.key)
        .where(
            unit.c.session_id == session.c.id,
            unit.c.state == UnitState.RUNNING,
            unit.c.lease_until > clock.now(),
        )
        .exists()
    )
