"""Units: claimed by compare-and-set with a fencing attempt number, done once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, or_, select, update

from pipeline_mcp.db import clock
from pipeline_mcp.db.tables import session, unit
from pipeline_mcp.db.upsert import insert_if_absent
from pipeline_mcp.domain.session import FINAL_STATUSES, ToolProgress
from pipeline_mcp.domain.unit import Outcome, Unit, UnitResult, UnitState

_WORST_FIRST = (Outcome.TOOL_ERROR, Outcome.TIMEOUT, Outcome.OK, Outcome.SKIPPED)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run a unit: valid while `attempt` is the row's, until the lease runs out."""

    unit: Unit
    attempt: int


def insert(connection: Connection, units: Sequence[Unit]) -> None:
    """Write the units of a plan; those that are there already stay as they are."""
    rows = [
        {
            "session_id": unit.session_id,
            "key": unit.key,
            "cycle": unit.cycle,
            "tool": unit.tool,
            "position": unit.position,
            "files": list(unit.files),
            "file_count": len(unit.files),
            "cached": unit.cached,
            "state": UnitState.QUEUED.value,
        }
        for unit in units
    ]
    insert_if_absent(connection, unit, rows)


def open_units(connection: Connection, session_id: str, cycle: int) -> list[tuple[str, str]]:
    """`(key, tool)` of the units that are not done, in the order of sending."""
    rows = connection.execute(
        select(unit.c.key, unit.c.tool)
        .where(
            unit.c.session_id == session_id,
            unit.c.cycle == cycle,
            unit.c.state != UnitState.DONE,
        )
        .order_by(unit.c.position)
    )
    return [(key, tool) for key, tool in rows]


def claim(
    connection: Connection, session_id: str, key: str, *, owner: str, lease_seconds: float
) -> Claim | None:
    """Take the unit if it is queued or its lease has run out; None if it is not to be had."""
    taken = connection.execute(
        update(unit)
        .where(
            unit.c.session_id == session_id,
            unit.c.key == key,
            or_(
                unit.c.state == UnitState.QUEUED,
                and_(unit.c.state == UnitState.RUNNING, unit.c.lease_until < clock.now()),
            ),
            select(session.c.id)
            .where(
                session.c.id == session_id,
                session.c.cancel_requested.is_(False),
                session.c.status.not_in([status.value for status in FINAL_STATUSES]),
            )
            .exists(),
        )
        .values(
            state=UnitState.RUNNING,
            attempt=unit.c.attempt + 1,
            lease_until=clock.now() + lease_seconds,
            owner=owner,
        )
    )
    if taken.rowcount != 1:
        return None
    row = get(connection, session_id, key)
    return Claim(_unit(row), row["attempt"])


def extend(connection: Connection, claim: Claim, *, lease_seconds: float) -> bool:
    """Prolong the lease; False if the claim is lost or the session is to be cancelled."""
    extended = connection.execute(
        update(unit)
        .where(*_is_ours(claim))
        .values(lease_until=clock.now() + lease_seconds)
        .returning(
            select(session.c.cancel_requested)
            .where(session.c.id == claim.unit.session_id)
            .scalar_subquery()
        )
    ).first()
    return extended is not None and not extended[0]


def complete(connection: Connection, claim: Claim, result: UnitResult, *, findings: int) -> bool:
    """End the unit; False if the claim was lost, and then nothing must be written for it."""
    ended = connection.execute(
        update(unit)
        .where(*_is_ours(claim))
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


def complete_cached(
    connection: Connection, cached: Unit, *, tool_version: str, findings: int
) -> None:
    """End a unit that the result cache answered."""
    connection.execute(
        update(unit)
        .where(
            unit.c.session_id == cached.session_id,
            unit.c.key == cached.key,
            unit.c.state != UnitState.DONE,
        )
        .values(
            state=UnitState.DONE,
            outcome=Outcome.OK,
            tool_version=tool_version,
            findings=findings,
            cpu_seconds=0.0,
            wall_seconds=0.0,
            finished_at=clock.now(),
        )
    )


def get(connection: Connection, session_id: str, key: str) -> RowMapping:
    """The unit's row; the key must exist."""
    query = select(unit).where(unit.c.session_id == session_id, unit.c.key == key)
    return connection.execute(query).mappings().one()


def lease_remaining(connection: Connection, session_id: str, key: str) -> float | None:
    """Seconds until the running unit may be claimed again; None if it is not running."""
    return connection.execute(
        select(unit.c.lease_until - clock.now()).where(
            unit.c.session_id == session_id,
            unit.c.key == key,
            unit.c.state == UnitState.RUNNING,
        )
    ).scalar()


def is_lost(connection: Connection, claim: Claim) -> bool:
    """True if somebody else has the unit, or the session is to be cancelled."""
    query = (
        select(session.c.cancel_requested)
        .join(unit, unit.c.session_id == session.c.id)
        .where(*_is_ours(claim))
    )
    return connection.execute(query).scalar() is not False


def with_files(connection: Connection, session_id: str) -> list[RowMapping]:
    """All units of the session with their files, in the order of sending."""
    query = select(unit).where(unit.c.session_id == session_id).order_by(unit.c.position)
    return list(connection.execute(query).mappings())


def summaries(connection: Connection, session_id: str) -> list[RowMapping]:
    """All units of the session, without their files, in the order of sending."""
    columns = [column for column in unit.c if column.name != "files"]
    rows = connection.execute(
        select(*columns).where(unit.c.session_id == session_id).order_by(unit.c.position)
    )
    return list(rows.mappings())


def progress(connection: Connection, session_id: str) -> list[ToolProgress]:
    """How far each tool is, by name."""
    rows = connection.execute(
        select(
            unit.c.tool,
            func.count().filter(unit.c.state == UnitState.DONE),
            func.count(),
            func.count().filter(unit.c.state == UnitState.RUNNING),
            func.coalesce(func.sum(unit.c.findings), 0),
            *(func.count().filter(unit.c.outcome == outcome) for outcome in _WORST_FIRST),
        )
        .where(unit.c.session_id == session_id)
        .group_by(unit.c.tool)
        .order_by(unit.c.tool)
    )
    return [
        ToolProgress(tool, done, total, running, int(findings), _worst(outcomes))
        for tool, done, total, running, findings, *outcomes in rows
    ]


def _worst(counts: Sequence[int]) -> str:
    found = (outcome for outcome, count in zip(_WORST_FIRST, counts, strict=True) if count)
    return next(found, Outcome.OK).value


def _is_ours(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        unit.c.session_id == claim.unit.session_id,
        unit.c.key == claim.unit.key,
        unit.c.state == UnitState.RUNNING,
        unit.c.attempt == claim.attempt,
    )


def _unit(row: RowMapping) -> Unit:
    return Unit(
        key=row["key"],
        session_id=row["session_id"],
        cycle=row["cycle"],
        tool=row["tool"],
        position=row["position"],
        files=tuple(row["files"]),
        cached=row["cached"],
    )
