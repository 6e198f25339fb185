"""How many units of a session the broker has at once, and which ones are next.

The broker serves messages of one priority in the order in which they came. If it had all units
of a session at once, another one would wait for the last of them, however small it is. So each
session has a window of a few units there, and whoever ends a unit sends the next one: sessions
take turns. The sessions of one principal share one window, so that principals take turns too.
"""

from __future__ import annotations

import math

from sqlalchemy import ColumnElement, Connection, ScalarSelect, func, select, update

from pipeline_mcp.db import clock
from pipeline_mcp.db.tables import session, unit
from pipeline_mcp.domain.session import SessionStatus, Stage
from pipeline_mcp.domain.unit import UnitState

# One unit runs in each slot, and one is at hand when it ends.
_UNITS_PER_SLOT = 2
# A chord of one task is no chord to Celery, and nothing could be added to it.
_SMALLEST = 2


def begin(
    connection: Connection, session_id: str, *, slots: int, at_once: bool
) -> list[tuple[str, str]]:
    """Open the window, or open it anew: the units `(key, tool)` that are to be sent first.

    Units that somebody runs already come first: what follows the scan has to wait for them. With
    `at_once` there is no window, and all units are to be sent.
    """
    is_open = (unit.c.session_id == session_id, unit.c.state != UnitState.DONE)
    connection.execute(
        update(unit).where(*is_open).values(sent_at=clock.now() if at_once else None)
    )
    sent = select(unit.c.key, unit.c.tool).where(*is_open).order_by(unit.c.position)
    if at_once:
        return [(key, tool) for key, tool in connection.execute(sent)]
    running = connection.execute(sent.where(unit.c.state == UnitState.RUNNING)).all()
    following = advance(connection, session_id, slots=slots)
    return [*((key, tool) for key, tool in running), *following]


def any_left(connection: Connection, session_id: str) -> bool:
    """True if the session has units that were not sent yet."""
    query = select(unit.c.key).where(*_is_left(session_id)).limit(1)
    return connection.execute(query).first() is not None


def advance(connection: Connection, session_id: str, *, slots: int) -> list[tuple[str, str]]:
    """The units `(key, tool)` to be sent now, by position: as many as the window has room for."""
    in_broker = (
        select(func.count())
        .select_from(unit)
        .where(
            unit.c.session_id == session_id,
            unit.c.state != UnitState.DONE,
            unit.c.sent_at.is_not(None),
        )
    )
    counts = select(in_broker.scalar_subquery(), _scanning(session_id))
    sent, scanning = connection.execute(counts).one()
    room = _size(slots, scanning) - sent
    if room <= 0:
        return []
    following = connection.execute(
        select(unit.c.key, unit.c.tool)
        .where(*_is_left(session_id))
        .order_by(unit.c.position)
        .limit(room)
        .with_for_update(skip_locked=True, of=unit)
    ).all()
    _mark(connection, session_id, [key for key, _ in following], is_sent=True)
    return [(key, tool) for key, tool in following]


def take_back(connection: Connection, session_id: str, keys: list[str]) -> None:
    """These units could not be sent after all."""
    _mark(connection, session_id, keys, is_sent=False)


def _size(slots: int, scanning: int) -> int:
    """Its principal's window, divided by the number of sessions that are scanning for it."""
    return max(math.ceil(_UNITS_PER_SLOT * slots / max(scanning, 1)), _SMALLEST)


def _scanning(session_id: str) -> ScalarSelect[int]:
    mine = select(session.c.principal).where(session.c.id == session_id).scalar_subquery()
    return (
        select(func.count())
        .select_from(session)
        .where(
            session.c.status == SessionStatus.RUNNING,
            session.c.stage.in_([Stage.SCAN.value, Stage.VALIDATE.value]),
            session.c.principal == mine,
        )
        .scalar_subquery()
    )


def _mark(connection: Connection, session_id: str, keys: list[str], *, is_sent: bool) -> None:
    if keys:
        connection.execute(
            update(unit)
            .where(unit.c.session_id == session_id, unit.c.key.in_(keys))
            .values(sent_at=clock.now() if is_sent else None)
        )


def _is_left(session_id: str) -> tuple[ColumnElement[bool], ...]:
    runs = select(session.c.id).where(
        session.c.id == session_id, session.c.status == SessionStatus.RUNNING
    )
    return (
        unit.c.session_id == session_id,
        unit.c.state == UnitState.QUEUED,
        unit.c.sent_at.is_(None),
        runs.exists(),
    )
