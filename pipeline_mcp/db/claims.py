"""Claims on units: taken by compare-and-set, fenced by the attempt number, kept by a lease."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select, true, update

from pipeline_mcp.db import changes, clock, events
from pipeline_mcp.db.engine import spare_the_disk
from pipeline_mcp.db.sessions import goes_on, is_ours_to_do
from pipeline_mcp.db.tables import session, unit
from pipeline_mcp.db.units import unit_of
from pipeline_mcp.domain.event import EventKind
from pipeline_mcp.domain.session import Lease
from pipeline_mcp.domain.unit import Outcome, Unit, UnitResult, UnitState


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run a unit, valid until the unit is done or somebody else has claimed it.

    The lease only says from when on others may do so. `attempt` is the fence; `tries` leaves
    out the claims of owners that are known to live: given back, or only silent for too long.
    """

    unit: Unit
    attempt: int
    tries: int


@dataclass(frozen=True, slots=True)
class Expired:
    """A unit whose lease ran out; `is_poison` if it was given up instead of queued again."""

    session_id: str
    key: str
    tool: str
    attempt: int
    is_poison: bool


def claim(
    connection: Connection,
    session_id: str,
    key: str,
    *,
    owner: str,
    lease_seconds: float,
    max_attempts: int | None = None,
) -> Claim | None:
    """Take the unit if it is queued or its lease has run out; None if it is not to be had.

    With `max_attempts`, one whose lease has run out and that was begun so often is left to its
    owner, or to `expire`.
    """
    spare_the_disk(connection)
    row = (
        connection.execute(
            update(unit)
            .where(
                unit.c.session_id == session_id,
                unit.c.key == key,
                _is_free(max_attempts),
                _held(session_id),
            )
            .values(
                state=UnitState.RUNNING,
                attempt=unit.c.attempt + 1,
                lease_until=clock.now() + lease_seconds,
                owner=owner,
            )
            .returning(unit)
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    facts = {"unit": key, "tool": row["tool"], "attempt": row["attempt"], "owner": owner}
    events.record(connection, session_id, EventKind.UNIT_CLAIMED, **facts)
    return Claim(unit_of(row), row["attempt"], row["attempt"] - row["released"])


def extend(connection: Connection, claim: Claim, *, lease_seconds: float) -> bool:
    """Prolong the lease; False if the claim is lost or the session is over."""
    spare_the_disk(connection)
    extended = connection.execute(
        update(unit)
        .where(*_is_ours(claim), _session_goes_on())
        # Taken back for a silence, and claimed by nobody since: it goes on where it is.
        .values(state=UnitState.RUNNING, lease_until=clock.now() + lease_seconds)
    )
    return extended.rowcount == 1


def complete(connection: Connection, claim: Claim, result: UnitResult, *, findings: int) -> bool:
    """End the unit; False if the claim is lost or the session over: nothing must be written."""
    changes.note(connection, claim.unit.session_id)
    ended = connection.execute(
        update(unit)
        .where(*_is_ours(claim), _held(claim.unit.session_id))
        .values(
            state=UnitState.DONE,
            outcome=result.outcome,
            reason=result.reason,
            tool_version=result.tool_version,
            findings=findings,
            cpu_seconds=result.cpu_seconds,
            wall_seconds=result.wall_seconds,
            lease_until=None,
            finished_at=clock.now(),
        )
    )
    return ended.rowcount == 1


def release(connection: Connection, claim: Claim) -> bool:
    """Give the unit back at once, for another worker; False if the claim was lost.

    It is no try that counts: a worker that is restarted has not been ended by the unit.
    """
    released = connection.execute(
        update(unit)
        .where(*_is_ours(claim), _session_goes_on())
        .values(state=UnitState.QUEUED, lease_until=None, released=unit.c.released + 1)
    )
    if released.rowcount != 1:
        return False
    facts = {"unit": claim.unit.key, "tool": claim.unit.tool, "attempt": claim.attempt}
    events.record(connection, claim.unit.session_id, EventKind.UNIT_RELEASED, **facts)
    return True


def absolve(connection: Connection, claim: Claim) -> None:
    """The unit has not ended this owner, which was only silent: its claim is no try that counts.

    It matters where somebody else has claimed the unit since; otherwise it changes nothing.
    """
    connection.execute(
        update(unit)
        .where(
            unit.c.session_id == claim.unit.session_id,
            unit.c.key == claim.unit.key,
            unit.c.attempt > claim.attempt,
            unit.c.state != UnitState.DONE,
        )
        .values(released=unit.c.released + 1)
    )


def is_lost(connection: Connection, claim: Claim) -> bool:
    """True if somebody else has the unit, or the session is over."""
    kept = select(unit.c.key).where(*_is_ours(claim), _session_goes_on())
    return connection.execute(kept).first() is None


def leases(connection: Connection, session_id: str) -> list[Lease]:
    """The session's running units, in the order of sending."""
    rows = connection.execute(
        select(unit.c.tool, unit.c.owner, unit.c.attempt, unit.c.lease_until - clock.now())
        .where(unit.c.session_id == session_id, unit.c.state == UnitState.RUNNING)
        .order_by(unit.c.position)
    )
    return [Lease(*row) for row in rows]


def lease_remaining(connection: Connection, session_id: str, key: str) -> float | None:
    """Seconds until the running unit may be claimed again; None if it is not running."""
    return connection.execute(
        select(unit.c.lease_until - clock.now()).where(
            unit.c.session_id == session_id,
            unit.c.key == key,
            unit.c.state == UnitState.RUNNING,
        )
    ).scalar()


def expire(
    connection: Connection, *, max_attempts: int, patience_seconds: float = 0.0
) -> list[Expired]:
    """Queue the units again whose leases ran out; those begun `max_attempts` times are given up.

    A unit that is given up ends as `tool_error`, so that its session ends incomplete. That takes
    `patience_seconds` more: when the database comes back after an outage all leases have run
    out, and the owners that live say so in a moment.
    """
    touched = connection.scalars(
        select(session.c.id)
        .where(goes_on(), is_ours_to_do(), _has_expired_unit())
        .order_by(session.c.id)
        .with_for_update(key_share=True)
    ).all()
    if not touched:
        return []
    given_up = _take_back(
        connection,
        unit.c.session_id.in_(touched),
        ~_may_be_tried(max_attempts),
        unit.c.lease_until < clock.now() - patience_seconds,
        state=UnitState.DONE,
        outcome=Outcome.TOOL_ERROR,
        reason=poison_reason(max_attempts),
        findings=0,
        finished_at=clock.now(),
    )
    queued = _take_back(
        connection,
        unit.c.session_id.in_(touched),
        _may_be_tried(max_attempts),
        state=UnitState.QUEUED,
    )
    return [*given_up, *queued]


def poison_reason(attempts: int) -> str:
    """What is said of a unit that was begun so often and never ended."""
    return f"it ended its worker {attempts} times, and is not tried again"


def _take_back(
    connection: Connection, *conditions: ColumnElement[bool], **values: Any
) -> Sequence[Expired]:
    rows = connection.execute(
        update(unit)
        .where(_has_expired(), *conditions)
        .values(lease_until=None, **values)
        .returning(unit.c.session_id, unit.c.key, unit.c.tool, unit.c.attempt, unit.c.owner)
    ).all()
    is_poison = values["state"] is UnitState.DONE
    kind = EventKind.UNIT_POISONED if is_poison else EventKind.UNIT_EXPIRED
    for row in rows:
        facts = {"unit": row.key, "tool": row.tool, "attempt": row.attempt, "owner": row.owner}
        events.record(connection, row.session_id, kind, **facts)
    return [Expired(row.session_id, row.key, row.tool, row.attempt, is_poison) for row in rows]


def _has_expired() -> ColumnElement[bool]:
    return and_(unit.c.state == UnitState.RUNNING, unit.c.lease_until < clock.now())


def _is_free(max_attempts: int | None) -> ColumnElement[bool]:
    return or_(unit.c.state == UnitState.QUEUED, and_(_has_expired(), _may_be_tried(max_attempts)))


def _may_be_tried(max_attempts: int | None) -> ColumnElement[bool]:
    """It was not begun so often that one would think it ends its workers."""
    return true() if max_attempts is None else unit.c.attempt - unit.c.released < max_attempts


def _has_expired_unit() -> ColumnElement[bool]:
    return select(unit.c.key).where(unit.c.session_id == session.c.id, _has_expired()).exists()


def _is_ours(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        unit.c.session_id == claim.unit.session_id,
        unit.c.key == claim.unit.key,
        unit.c.state != UnitState.DONE,
        unit.c.attempt == claim.attempt,
    )


def _session_goes_on() -> ColumnElement[bool]:
    """Once a session has ended, or is to end, its units are neither begun nor written."""
    return select(session.c.id).where(session.c.id == unit.c.session_id, goes_on()).exists()


def _held(session_id: str) -> ColumnElement[bool]:
    """The session goes on, and cannot be ended before this transaction is: ends are waited for.

    Without it, a unit could be begun by a statement that does not see an end yet which is
    committed first. Whoever holds rows of both holds the session's first, or two would wait for
    each other.
    """
    held = select(session.c.id).where(session.c.id == session_id, goes_on())
    return unit.c.session_id.in_(held.with_for_update(key_share=True))
