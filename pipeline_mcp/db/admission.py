"""Which sessions are worked on at once, and in what order the others follow."""

from __future__ import annotations

from sqlalchemy import (
    ColumnElement,
    Connection,
    Subquery,
    and_,
    func,
    or_,
    select,
    update,
)

from pipeline_mcp.db import clock, events
from pipeline_mcp.db.tables import session
from pipeline_mcp.domain.event import EventKind
from pipeline_mcp.domain.session import UNFINISHED_STATUSES, SessionStatus

_UNFINISHED = [status.value for status in UNFINISHED_STATUSES]
# Admission counts and then decides: two at once would both take the last place. Any constant
# of our own will do, see `db.migrate` and `db.locks` for the others.
_LOCK = 0x61646D74


def is_admitted() -> ColumnElement[bool]:
    """True for a session that was let in; one that runs was, whatever an older version wrote."""
    return or_(session.c.admitted_at.is_not(None), session.c.status == SessionStatus.RUNNING)


def admit(connection: Connection, *, most: int, most_per_principal: int) -> list[str]:
    """Let waiting sessions in while there is room; gives them in the order of sending.

    Call it in a transaction that writes: until it ends, nobody else is let in.
    """
    _be_alone(connection)
    room = most - (connection.scalar(select(func.count()).where(_is_in_flight())) or 0)
    if room <= 0:
        return []
    line = _line()
    ids = connection.scalars(
        select(line.c.id)
        .where(line.c.turn <= most_per_principal)
        .order_by(line.c.position)
        .limit(room)
    ).all()
    if ids:
        for session_id in ids:
            events.record(connection, session_id, EventKind.ADMITTED)
        connection.execute(
            update(session)
            .where(session.c.id.in_(ids))
            .values(admitted_at=clock.now(), updated_at=clock.now())
        )
    return list(ids)


def any_waiting(connection: Connection) -> bool:
    """True if a session waits to be let in."""
    query = select(session.c.id).where(_is_waiting()).limit(1)
    return connection.execute(query).first() is not None


def is_waiting(connection: Connection, session_id: str) -> bool:
    """True if this session waits to be let in."""
    query = select(session.c.id).where(_is_waiting(), session.c.id == session_id)
    return connection.execute(query).first() is not None


def positions(connection: Connection) -> dict[str, int]:
    """The places in line of the sessions that wait to be let in, from 1."""
    line = _line()
    rows = connection.execute(select(line.c.id, line.c.position))
    return {row.id: row.position for row in rows}


def _is_waiting() -> ColumnElement[bool]:
    return and_(session.c.status == SessionStatus.QUEUED, session.c.admitted_at.is_(None))


def _is_in_flight() -> ColumnElement[bool]:
    return and_(session.c.status.in_(_UNFINISHED), is_admitted())


def _line() -> Subquery:
    """Everybody in turn: a principal's next session stands behind as many as it has in flight.

    `turn` is how many sessions of the principal there would be in flight with this one. Where
    two have the same turn, the more urgent comes first, then the older.
    """
    in_flight = (
        select(session.c.principal, func.count().label("number"))
        .where(_is_in_flight())
        .group_by(session.c.principal)
        .subquery()
    )
    age = (session.c.priority, session.c.created_at, session.c.id)
    rank = func.row_number().over(partition_by=session.c.principal, order_by=age)
    waiting = (
        select(*age, (rank + func.coalesce(in_flight.c.number, 0)).label("turn"))
        .outerjoin_from(session, in_flight, session.c.principal == in_flight.c.principal)
        .where(_is_waiting())
        .subquery()
    )
    order = (waiting.c.turn, waiting.c.priority, waiting.c.created_at, waiting.c.id)
    position = func.row_number().over(order_by=order).label("position")
    return select(waiting.c.id, waiting.c.turn, position).subquery()


def _be_alone(connection: Connection) -> None:
    """On SQLite the transaction itself is the lock: it begins IMMEDIATE."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
