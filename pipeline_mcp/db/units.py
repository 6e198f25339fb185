"""Units: what a plan wrote down, and how far it is; `db.claims` is how they get done."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, func, select, update

from pipeline_mcp.db import clock
from pipeline_mcp.db.cycles import good_cycle, newest_cycle
from pipeline_mcp.db.tables import unit
from pipeline_mcp.db.upsert import insert_if_absent
from pipeline_mcp.domain.session import ToolProgress
from pipeline_mcp.domain.unit import Outcome, Unit, UnitState

_WORST_FIRST = (Outcome.TOOL_ERROR, Outcome.TIMEOUT, Outcome.OK, Outcome.SKIPPED)


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


def unit_of(row: RowMapping) -> Unit:
    """The unit that a whole row is about."""
    return Unit(
        key=row["key"],
        session_id=row["session_id"],
        cycle=row["cycle"],
        tool=row["tool"],
        position=row["position"],
        files=tuple(row["files"]),
        cached=row["cached"],
    )


def with_files(connection: Connection, session_id: str) -> list[RowMapping]:
    """All units of the session with their files, in the order of sending."""
    query = select(unit).where(unit.c.session_id == session_id).order_by(unit.c.position)
    return list(connection.execute(query).mappings())


def summaries(
    connection: Connection, session_id: str, *, cycle: int | None = None
) -> list[RowMapping]:
    """The units of a cycle, without their files, in the order of sending; None: that counts."""
    columns = [column for column in unit.c if column.name != "files"]
    rows = connection.execute(
        select(*columns)
        .where(
            unit.c.session_id == session_id,
            unit.c.cycle == (good_cycle(session_id) if cycle is None else cycle),
        )
        .order_by(unit.c.position)
    )
    return list(rows.mappings())


def attempts(connection: Connection, session_id: str) -> int:
    """How often the session's units were begun, all together."""
    total = select(func.coalesce(func.sum(unit.c.attempt), 0))
    return int(connection.execute(total.where(unit.c.session_id == session_id)).scalar_one())


def progress(connection: Connection, session_id: str) -> list[ToolProgress]:
    """How far each tool is in the newest scan, by name."""
    rows = connection.execute(
        select(
            unit.c.tool,
            func.count().filter(unit.c.state == UnitState.DONE),
            func.count(),
            func.count().filter(unit.c.state == UnitState.RUNNING),
            func.coalesce(func.sum(unit.c.findings), 0),
            *(func.count().filter(unit.c.outcome == outcome) for outcome in _WORST_FIRST),
        )
        .where(unit.c.session_id == session_id, unit.c.cycle == newest_cycle(session_id))
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
