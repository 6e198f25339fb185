"""Sessions: accepted once, moved forward by compare-and-set, final for ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, or_, select, update

from pipeline_mcp.db import admission, changes, clock, events
from pipeline_mcp.db.tables import session, unit
from pipeline_mcp.domain.event import LOCAL, EventKind
from pipeline_mcp.domain.session import (
    FINAL_STATUSES,
    SCHEMA_VERSION,
    UNFINISHED_STATUSES,
    SessionRequest,
    SessionStatus,
    SessionView,
    Stage,
    Submission,
    UnitCount,
    request_from_dict,
    request_to_dict,
    schema_version,
)
from pipeline_mcp.domain.unit import UnitState
from pipeline_mcp.errors import NewerSessionError, UnknownSessionError

_FINAL = [status.value for status in FINAL_STATUSES]
# Named one by one, so that an index finds them.
_UNFINISHED = [status.value for status in UNFINISHED_STATUSES]


def insert(
    connection: Connection,
    session_id: str,
    request: SessionRequest,
    *,
    principal: str = LOCAL,
    once: Submission | None = None,
) -> None:
    """Write a new session, which belongs to `principal`.

    Raises:
        IntegrityError: the principal has a session of the submission `once`.
    """
    connection.execute(
        session.insert().values(
            id=session_id,
            workspace=request.workspace,
            node=request.node,
            principal=principal,
            status=SessionStatus.QUEUED,
            stage=Stage.SNAPSHOT,
            request=request_to_dict(request),
            priority=request.priority,
            attached=request.attached,
            schema_version=schema_version(request),
            idempotency_key=once and once.key,
            idempotency_digest=once and once.digest,
            created_at=clock.now(),
            updated_at=clock.now(),
        )
    )
    events.record(connection, session_id, EventKind.ACCEPTED, origin=request.origin)


def submitted(connection: Connection, principal: str, key: str) -> tuple[str, str] | None:
    """The principal's session of that key and the digest of what it was to do, or None."""
    query = select(session.c.id, session.c.idempotency_digest).where(
        session.c.principal == principal, session.c.idempotency_key == key
    )
    row = connection.execute(query).first()
    return None if row is None else (row.id, row.idempotency_digest)


def get(connection: Connection, session_id: str) -> RowMapping:
    """The row.

    Raises:
        UnknownSessionError: there is no such session.
    """
    row = connection.execute(select(session).where(session.c.id == session_id)).mappings().first()
    if row is None:
        raise UnknownSessionError(session_id)
    return row


def owner(connection: Connection, session_id: str) -> str | None:
    """The principal whose session it is; None if there is no such session."""
    query = select(session.c.principal).where(session.c.id == session_id)
    return connection.execute(query).scalar()


def work(connection: Connection, session_id: str) -> RowMapping:
    """The row, for somebody who is about to work on the session.

    Raises:
        UnknownSessionError: there is no such session.
        NewerSessionError: only a newer version knows how to work on it.
    """
    row = get(connection, session_id)
    if row["schema_version"] > SCHEMA_VERSION:
        raise NewerSessionError(session_id)
    return row


def request_of(connection: Connection, session_id: str) -> SessionRequest:
    """What the session was asked to do; raises what `work` raises."""
    return request_from_dict(work(connection, session_id)["request"])


def is_ours_to_do() -> ColumnElement[bool]:
    """True for sessions that this version knows how to work on."""
    return session.c.schema_version <= SCHEMA_VERSION


def advance(connection: Connection, session_id: str, stage: Stage, **values: Any) -> bool:
    """Enter `stage`, unless the session is final; True if it did. `values` are other columns."""
    changes.note(connection, session_id)
    moved = connection.execute(
        update(session)
        .where(session.c.id == session_id, session.c.status.not_in(_FINAL))
        .values(status=SessionStatus.RUNNING, stage=stage, updated_at=clock.now(), **values)
    )
    return moved.rowcount == 1


def finish(
    connection: Connection,
    session_id: str,
    status: SessionStatus,
    *,
    error: str | None = None,
) -> bool:
    """Give the session its final status; True for the one caller that did."""
    moved = connection.execute(
        update(session)
        .where(session.c.id == session_id, session.c.status.not_in(_FINAL))
        .values(
            status=status,
            error=error,
            finished_at=clock.now(),
            updated_at=clock.now(),
        )
    )
    if moved.rowcount != 1:
        return False
    is_cancelled = status is SessionStatus.CANCELLED
    kind = EventKind.CANCELLED if is_cancelled else EventKind.FINISHED
    events.record(connection, session_id, kind, status=status.value)
    return True


def cancel(connection: Connection, session_id: str) -> bool:
    """End the session now: no unit starts any more, and running tools hear of it and stop.

    True for the one caller that did; False where the session was final already.
    """
    connection.execute(
        update(session)
        .where(session.c.id == session_id, session.c.status.not_in(_FINAL))
        .values(cancel_requested=True)
    )
    return finish(connection, session_id, SessionStatus.CANCELLED)


def keep_summary(connection: Connection, session_id: str, summary: dict[str, Any]) -> None:
    """Write what the session came to; it has ended, so that nothing else of it changes."""
    connection.execute(
        update(session)
        .where(session.c.id == session_id, session.c.status.in_(_FINAL))
        .values(summary=summary)
    )


def goes_on() -> ColumnElement[bool]:
    """True for sessions that have not ended, and are not to end."""
    return and_(session.c.cancel_requested.is_(False), session.c.status.in_(_UNFINISHED))


def hold(connection: Connection, session_id: str) -> bool:
    """True if the session goes on; then it cannot end before this transaction has.

    For whoever has looked at it earlier, and writes now what comes of that.
    """
    held = select(session.c.id).where(session.c.id == session_id, goes_on())
    return connection.execute(held.with_for_update(key_share=True)).first() is not None


def touch(connection: Connection, session_id: str) -> None:
    """A sign of life: somebody works on the session."""
    connection.execute(
        update(session).where(session.c.id == session_id).values(updated_at=clock.now())
    )


def is_over(connection: Connection, session_id: str) -> bool:
    """True if nothing more is to be started for the session."""
    row = get(connection, session_id)
    return bool(row["cancel_requested"]) or row["status"] in _FINAL


def any_unfinished(connection: Connection) -> bool:
    """True if there is a session that is not final."""
    found = select(session.c.id).where(session.c.status.in_(_UNFINISHED)).limit(1)
    return connection.execute(found).first() is not None


def unfinished(connection: Connection) -> list[str]:
    """The ids of all sessions that are not final, oldest first."""
    rows = connection.execute(
        select(session.c.id)
        .where(session.c.status.in_(_UNFINISHED), is_ours_to_do())
        .order_by(session.c.created_at)
    )
    return list(rows.scalars())


def view(connection: Connection, session_id: str) -> SessionView:
    """What `status` shows.

    Raises:
        UnknownSessionError: there is no such session.
    """
    row = get(connection, session_id)
    return _view(row, _count(connection, [session_id])[session_id], _positions(connection, [row]))


def page(
    connection: Connection,
    *,
    limit: int,
    before: tuple[float, str] | None = None,
    owner: str | None = None,
) -> list[SessionView]:
    """Sessions, newest first; `before` is the `(created_at, id)` of the last one seen.

    `owner` leaves out all that are not his.
    """
    query = select(session).order_by(session.c.created_at.desc(), session.c.id.desc()).limit(limit)
    if owner is not None:
        query = query.where(session.c.principal == owner)
    if before is not None:
        created_at, session_id = before
        query = query.where(
            or_(
                session.c.created_at < created_at,
                and_(session.c.created_at == created_at, session.c.id < session_id),
            )
        )
    rows = connection.execute(query).mappings().all()
    counts = _count(connection, [row["id"] for row in rows])
    places = _positions(connection, rows)
    return [_view(row, counts[row["id"]], places) for row in rows]


def total(connection: Connection, *, owner: str | None = None) -> int:
    """How many sessions there are, in all or of one owner."""
    query = select(func.count()).select_from(session)
    if owner is not None:
        query = query.where(session.c.principal == owner)
    return connection.scalar(query) or 0


def _positions(connection: Connection, rows: Sequence[RowMapping]) -> dict[str, int]:
    """Of all that wait; a look at the whole line, so only where one of `rows` may be in it."""
    may_wait = any(
        row["admitted_at"] is None and row["status"] == SessionStatus.QUEUED for row in rows
    )
    return admission.positions(connection) if may_wait else {}


def _count(connection: Connection, session_ids: list[str]) -> dict[str, UnitCount]:
    done = func.count().filter(unit.c.state == UnitState.DONE)
    rows = connection.execute(
        select(unit.c.session_id, done, func.count())
        .where(unit.c.session_id.in_(session_ids))
        .group_by(unit.c.session_id)
    )
    counts = {session_id: UnitCount(done, total) for session_id, done, total in rows}
    return {session_id: counts.get(session_id, UnitCount(0, 0)) for session_id in session_ids}


def _view(row: RowMapping, units: UnitCount, places: Mapping[str, int]) -> SessionView:
    return SessionView(
        session_id=row["id"],
        workspace=row["workspace"],
        status=SessionStatus(row["status"]),
        stage=Stage(row["stage"]),
        units=units,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        finished_at=row["finished_at"],
        snapshot_id=row["snapshot_id"],
        error=row["error"],
        request=request_from_dict(row["request"]),
        queue_position=places.get(row["id"]),
    )
