"""Stages: begun once, closed once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, select, update

from pipeline_mcp.db import clock, events
from pipeline_mcp.db.tables import candidate, stage
from pipeline_mcp.db.upsert import insert_if_absent
from pipeline_mcp.domain.event import EventKind
from pipeline_mcp.domain.known import known_fields
from pipeline_mcp.domain.session import Stage, StageRun, StageState
from pipeline_mcp.domain.snapshot import SkippedFile

_PLACES = {name: place for place, name in enumerate(Stage)}


def begin(
    connection: Connection, session_id: str, name: Stage, *, cycle: int = 1, expected: int = 0
) -> bool:
    """Open the stage; True if it was not there, False if somebody has opened it before."""
    is_ours = insert_if_absent(
        connection,
        stage,
        [
            {
                "session_id": session_id,
                "cycle": cycle,
                "name": name.value,
                "state": StageState.RUNNING.value,
                "expected": expected,
            }
        ],
        started_at=clock.now(),
    )
    if is_ours:
        facts = {"stage": name.value, "cycle": cycle, "expected": expected}
        events.record(connection, session_id, EventKind.STAGE_BEGUN, **facts)
    return is_ours


def close(
    connection: Connection,
    session_id: str,
    name: Stage,
    *,
    cycle: int = 1,
    state: StageState = StageState.DONE,
    detail: dict[str, Any] | None = None,
) -> bool:
    """Close the stage; True for the one caller that did."""
    closed = connection.execute(
        update(stage)
        .where(_is_running(session_id, name, cycle))
        .values(state=state.value, detail=detail, finished_at=clock.now())
    )
    if closed.rowcount != 1:
        return False
    facts = {"stage": name.value, "cycle": cycle, "state": state.value}
    events.record(connection, session_id, EventKind.STAGE_CLOSED, **facts)
    return True


def note(
    connection: Connection, session_id: str, name: Stage, *, cycle: int, detail: dict[str, Any]
) -> None:
    """Keep facts with a running stage until it is closed."""
    connection.execute(
        update(stage).where(_is_running(session_id, name, cycle)).values(detail=detail)
    )


def all_of(connection: Connection, session_id: str, name: Stage) -> list[RowMapping]:
    """The stage's rows of all cycles, in their order."""
    query = select(stage).where(stage.c.session_id == session_id, stage.c.name == name.value)
    return list(connection.execute(query.order_by(stage.c.cycle)).mappings())


def get(
    connection: Connection, session_id: str, name: Stage, *, cycle: int = 1
) -> RowMapping | None:
    """The stage's row, or None where it has not begun."""
    query = select(stage).where(
        stage.c.session_id == session_id, stage.c.cycle == cycle, stage.c.name == name.value
    )
    return connection.execute(query).mappings().first()


def runs(connection: Connection, session_ids: Collection[str]) -> dict[str, list[StageRun]]:
    """The stages that have begun by their sessions, cycle by cycle in the order of `Stage`.

    The scan of a candidate belongs to the cycle whose fixes it has.
    """
    seconds = func.coalesce(stage.c.finished_at, clock.now()) - stage.c.started_at
    number = func.coalesce(candidate.c.round, stage.c.cycle)
    rows = connection.execute(
        select(stage.c.session_id, number, stage.c.name, stage.c.state, seconds)
        .outerjoin(candidate, _is_scan_of_candidate())
        .where(stage.c.session_id.in_(session_ids), _is_of_use())
        .order_by(stage.c.started_at)
    )
    found: dict[str, list[StageRun]] = {session_id: [] for session_id in session_ids}
    for session_id, cycle, name, state, took in rows:
        found[session_id].append(StageRun(cycle, Stage(name), StageState(state), took))
    # Two may begin within a millisecond, which is as fine as SQLite's clock is.
    for ran in found.values():
        ran.sort(key=lambda run: (run.cycle, _PLACES[run.stage]))
    return found


def _is_scan_of_candidate() -> ColumnElement[bool]:
    return and_(
        candidate.c.session_id == stage.c.session_id,
        candidate.c.cycle == stage.c.cycle,
        stage.c.name == Stage.VALIDATE.value,
    )


def _is_of_use() -> ColumnElement[bool]:
    """Not the plans of candidates, which take no time, nor the sum of all rounds of fixes."""
    is_plan_of_candidate = and_(stage.c.name == Stage.PLAN.value, stage.c.cycle > 1)
    return and_(stage.c.cycle > 0, ~is_plan_of_candidate)


def skipped_files(connection: Connection, session_id: str) -> tuple[SkippedFile, ...]:
    """What the session's snapshot left out, and why."""
    row = get(connection, session_id, Stage.SNAPSHOT)
    detail = (row["detail"] if row else None) or {}
    return tuple(SkippedFile(**known_fields(SkippedFile, one)) for one in detail.get("skipped", ()))


def _is_running(session_id: str, name: Stage, cycle: int) -> ColumnElement[bool]:
    return and_(
        stage.c.session_id == session_id,
        stage.c.cycle == cycle,
        stage.c.name == name.value,
        stage.c.state == StageState.RUNNING.value,
    )
