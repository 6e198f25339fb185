"""The steps of a round of fixes, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, select, update

from pipeline_mcp.db.tables import fix_step
from pipeline_mcp.db.upsert import insert_if_absent
from pipeline_mcp.domain.patch import FixStep, StepState, step_from_dict, step_to_dict


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step of a round; the hashes are those of its file before and after its fixer's work."""

    round: int
    step: FixStep
    state: StepState
    reason: str = ""
    old_sha256: str | None = None
    new_sha256: str | None = None


def insert(connection: Connection, session_id: str, round_: int, steps: Iterable[FixStep]) -> None:
    """Write the steps of a new round; the caller has made sure that this happens once."""
    rows = [
        {
            "session_id": session_id,
            "round": round_,
            "number": step.number,
            "fixer": step.fixer,
            "path": step.path,
            "state": StepState.PROPOSED.value,
            "step": step_to_dict(step),
        }
        for step in steps
    ]
    insert_if_absent(connection, fix_step, rows)


def all_of(connection: Connection, session_id: str) -> list[StepRecord]:
    """All steps of a session, round by round."""
    rows = connection.execute(
        select(fix_step)
        .where(fix_step.c.session_id == session_id)
        .order_by(fix_step.c.round, fix_step.c.number)
    )
    return [_record(row) for row in rows.mappings()]


def settle(
    connection: Connection,
    session_id: str,
    round_: int,
    numbers: Iterable[int],
    state: StepState,
    *,
    reason: str | None = None,
) -> None:
    """Say what became of steps; what was said before stays."""
    wanted = sorted(numbers)
    if not wanted:
        return
    connection.execute(
        update(fix_step)
        .where(
            fix_step.c.session_id == session_id,
            fix_step.c.round == round_,
            fix_step.c.number.in_(wanted),
            fix_step.c.state == StepState.PROPOSED.value,
        )
        .values(state=state.value, reason=reason)
    )


def note_hashes(
    connection: Connection, session_id: str, round_: int, hashes: Mapping[int, tuple[str, str]]
) -> None:
    """Note what each step's file was before and after its fixer's work in the latest candidate."""
    for number, (old, new) in hashes.items():
        connection.execute(
            update(fix_step)
            .where(
                fix_step.c.session_id == session_id,
                fix_step.c.round == round_,
                fix_step.c.number == number,
            )
            .values(old_sha256=old, new_sha256=new)
        )


def _record(row: RowMapping) -> StepRecord:
    return StepRecord(
        round=row["round"],
        step=step_from_dict(row["step"]),
        state=StepState(row["state"]),
        reason=row["reason"] or "",
        old_sha256=row["old_sha256"],
        new_sha256=row["new_sha256"],
    )
