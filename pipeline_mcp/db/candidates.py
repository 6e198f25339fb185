"""Candidates: the snapshots that fixes made, each scanned as the cycle of its number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, RowMapping, select, update

from pipeline_mcp.db import clock
from pipeline_mcp.db.tables import candidate
from pipeline_mcp.db.upsert import insert_if_absent


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of a session: made in a round of fixes out of the snapshot of `base_cycle`.

    `steps` are the numbers of the round's steps in it, `hashes` those of a step's file before and
    after its fixer's work. `is_good` is None until it is judged; `blamed` are the paths to which
    findings were added, `reasons` say in sentences what is worse.
    """

    cycle: int
    round: int
    base_cycle: int
    snapshot_id: str
    steps: frozenset[int]
    hashes: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    is_good: bool | None = None
    blamed: frozenset[str] = frozenset()
    reasons: tuple[str, ...] = ()


_GOOD, _BAD = "good", "bad"


def insert(connection: Connection, session_id: str, made: Candidate) -> bool:
    """Write a new candidate; False if the session has one of that cycle already."""
    row = {
        "session_id": session_id,
        "cycle": made.cycle,
        "round": made.round,
        "base_cycle": made.base_cycle,
        "snapshot_id": made.snapshot_id,
        "steps": sorted(made.steps),
        "detail": {"hashes": {str(number): pair for number, pair in made.hashes.items()}},
    }
    return insert_if_absent(connection, candidate, [row], created_at=clock.now())


def all_of(connection: Connection, session_id: str) -> list[Candidate]:
    """The session's candidates in the order in which they were made."""
    rows = connection.execute(
        select(candidate).where(candidate.c.session_id == session_id).order_by(candidate.c.cycle)
    )
    return [_candidate(row) for row in rows.mappings()]


def judge(
    connection: Connection,
    session_id: str,
    cycle: int,
    *,
    is_good: bool,
    blamed: Iterable[str] = (),
    reasons: Iterable[str] = (),
) -> None:
    """Write the verdict, unless there is one."""
    mine = (candidate.c.session_id == session_id, candidate.c.cycle == cycle)
    detail = connection.execute(select(candidate.c.detail).where(*mine)).scalar() or {}
    connection.execute(
        update(candidate)
        .where(*mine, candidate.c.verdict.is_(None))
        .values(
            verdict=_GOOD if is_good else _BAD,
            detail=detail | {"blamed": sorted(blamed), "reasons": list(reasons)},
            judged_at=clock.now(),
        )
    )


def snapshot_of(connection: Connection, session: RowMapping, cycle: int) -> str | None:
    """The snapshot that is, or was, scanned as that cycle; `session` is the session's row."""
    if cycle == 1:
        found: str | None = session["snapshot_id"]
        return found
    return connection.execute(
        select(candidate.c.snapshot_id).where(
            candidate.c.session_id == session["id"], candidate.c.cycle == cycle
        )
    ).scalar()


def _candidate(row: RowMapping) -> Candidate:
    detail = row["detail"] or {}
    return Candidate(
        cycle=row["cycle"],
        round=row["round"],
        base_cycle=row["base_cycle"],
        snapshot_id=row["snapshot_id"],
        steps=frozenset(row["steps"]),
        hashes={int(number): tuple(pair) for number, pair in detail.get("hashes", {}).items()},
        is_good=None if row["verdict"] is None else row["verdict"] == _GOOD,
        blamed=frozenset(detail.get("blamed", ())),
        reasons=tuple(detail.get("reasons", ())),
    )
