"""Where the fixes of a session stand, as its rows say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping

from pipeline_mcp.db import candidates, findings, fix_steps, sessions, stages, units
from pipeline_mcp.db.candidates import Candidate
from pipeline_mcp.db.engine import reading
from pipeline_mcp.db.fix_steps import StepRecord
from pipeline_mcp.domain.patch import FixPlan, FixStep, StepState
from pipeline_mcp.domain.session import (
    SessionRequest,
    Stage,
    StageState,
    request_from_dict,
    scan_stage,
)
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.fixing.bisection import Answer, Numbers
from pipeline_mcp.fixing.comparison import Scan

# The row of the stage that is about all rounds together; rounds count from 1.
ALL_ROUNDS = 0
_WORST_FIRST = (Outcome.TOOL_ERROR, Outcome.TIMEOUT, Outcome.SKIPPED, Outcome.OK)


@dataclass(frozen=True, slots=True)
class Situation:
    """A session between two scans: nothing is being scanned.

    `cycle` is the newest scan, which waits to be planned if `is_planned` is False; `good_cycle`
    the last whose snapshot made nothing worse. `open_round` is None between two rounds; `tries`
    is how often a candidate of it was begun and not made, `gave_up` if the last round ended so.
    """

    session_id: str
    row: RowMapping
    request: SessionRequest
    plan: FixPlan
    is_planned: bool
    candidates: tuple[Candidate, ...]
    records: tuple[StepRecord, ...]
    rounds: int
    open_round: int | None
    tries: int
    gave_up: bool

    @property
    def cycle(self) -> int:
        """The newest scan."""
        return int(self.row["cycle"])

    @property
    def good_cycle(self) -> int:
        """The scan that counts."""
        return int(self.row["good_cycle"])

    @property
    def unjudged(self) -> Candidate | None:
        """The candidate that was scanned last, if nobody has judged it."""
        newest = self.candidates[-1] if self.candidates else None
        return newest if newest is not None and newest.is_good is None else None

    @property
    def proposed(self) -> tuple[FixStep, ...]:
        """The steps of the open round that no guard refuses."""
        return tuple(
            record.step
            for record in self.records
            if record.round == self.open_round and record.state is StepState.PROPOSED
        )

    @property
    def answers(self) -> Mapping[Numbers, Answer]:
        """What the scans of the open round's candidates said."""
        return {
            one.steps: Answer(one.is_good, one.blamed)
            for one in self.candidates
            if one.round == self.open_round and one.is_good is not None
        }


def situation(session_id: str) -> Situation | None:
    """Where the session stands; None if there is nothing to do for whoever fixes.

    Raises:
        UnknownSessionError: there is no such session.
        NewerSessionError: only a newer version knows how to work on it.
    """
    with reading() as connection:
        row = sessions.work(connection, session_id)
        request = request_from_dict(row["request"])
        if request.fix is None or row["stage"] not in {Stage.FIX, Stage.VALIDATE}:
            return None
        if sessions.is_over(connection, session_id):
            return None
        scan = stages.get(connection, session_id, scan_stage(row["cycle"]), cycle=row["cycle"])
        if scan is not None and scan["state"] == StageState.RUNNING:
            return None  # whoever ends the scan goes on
        return _situation(connection, row, request, request.fix, is_planned=scan is not None)


def scan_of(connection: Connection, session_id: str, cycle: int) -> Scan:
    """What the tools said in the scan of that cycle."""
    outcomes: dict[str, Outcome] = {}
    for unit in units.summaries(connection, session_id, cycle=cycle):
        known = (unit["outcome"] or Outcome.TOOL_ERROR, outcomes.get(unit["tool"]))
        outcomes[unit["tool"]] = next(one for one in _WORST_FIRST if one in known)
    return Scan(tuple(findings.all_of(connection, session_id, cycle=cycle)), outcomes)


def _situation(
    connection: Connection,
    row: RowMapping,
    request: SessionRequest,
    plan: FixPlan,
    *,
    is_planned: bool,
) -> Situation:
    rounds = [
        stage
        for stage in stages.all_of(connection, row["id"], Stage.FIX)
        if stage["cycle"] != ALL_ROUNDS
    ]
    last = rounds[-1] if rounds else None
    is_open = last is not None and last["state"] == StageState.RUNNING
    detail = (last["detail"] or {}) if last is not None else {}
    return Situation(
        session_id=row["id"],
        row=row,
        request=request,
        plan=plan,
        is_planned=is_planned,
        candidates=tuple(candidates.all_of(connection, row["id"])),
        records=tuple(fix_steps.all_of(connection, row["id"])),
        rounds=len(rounds),
        open_round=last["cycle"] if last is not None and is_open else None,
        tries=detail.get("tries", 0) if is_open else 0,
        gave_up=detail.get("gave_up", False),
    )
