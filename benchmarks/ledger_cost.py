"""What the rows of a unit cost, step by step, without a tool and without a broker."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import event

from pipeline_mcp.db import claims, findings, sessions, units
from pipeline_mcp.db.engine import engine, reading, transaction
from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.domain.session import SessionRequest
from pipeline_mcp.domain.unit import Outcome, Unit, UnitResult

SESSION = "pipeline-1-00000000"
FINDINGS = [
    Finding("ruff", "F401", Severity.WARNING, "`os` imported but unused", "pkg/a.py", line, 1)
    for line in range(1, 4)
]
RESULT = UnitResult(Outcome.OK, tool_version="1.0", cpu_seconds=0.5, wall_seconds=0.6)

Answer = TypeVar("Answer")


def steps(count: int) -> dict[str, list[float]]:
    """Seconds of each step of `count` units, and of all that a unit cannot do without."""
    ours = [Unit(f"{number:064d}", SESSION, 1, "ruff", number, ("a",)) for number in range(count)]
    with transaction() as connection:
        sessions.insert(connection, SESSION, SessionRequest("/w", "bench"))
        units.insert(connection, ours)
    times: defaultdict[str, list[float]] = defaultdict(list)
    for unit in ours:
        claimed = _timed(times["claim"], lambda key=unit.key: _claim(key))
        _timed(times["look whether it is wanted"], lambda one=claimed: _is_lost(one))
        _timed(times["extend the lease"], lambda one=claimed: _extend(one))
        _timed(times["findings and end"], lambda one=claimed: _end(one))
        needed = times["claim"][-1] + times["findings and end"][-1]
        times["claim and end: every unit"].append(needed)
    times["all four: beyond some seconds"] = [
        sum(each)
        for each in zip(
            times["claim and end: every unit"],
            times["look whether it is wanted"],
            times["extend the lease"],
            strict=True,
        )
    ]
    return times


def statements() -> dict[str, list[str]]:
    """The first words of what goes to the database for one unit, step by step."""
    key = f"{0:064d}"
    session_id = SESSION.replace("00000000", "00000001")
    with transaction() as connection:
        sessions.insert(connection, session_id, SessionRequest("/w", "bench"))
        units.insert(connection, [Unit(key, session_id, 1, "ruff", 0, ("a",))])
    said: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(" ".join(statement.split()[:3]))

    event.listen(engine(None), "before_cursor_execute", hear)
    claimed = _claim(key, session_id)
    claims_, said[:] = list(said), []
    _end(claimed)
    event.remove(engine(None), "before_cursor_execute", hear)
    return {"claim": claims_, "findings and end": said}


def _timed(times: list[float], step: Callable[[], Answer]) -> Answer:
    started = time.perf_counter()
    answer = step()
    times.append(time.perf_counter() - started)
    return answer


def _claim(key: str, session_id: str = SESSION) -> claims.Claim:
    with transaction() as connection:
        claimed = claims.claim(connection, session_id, key, owner="bench:1:1", lease_seconds=30)
    assert claimed is not None
    return claimed


def _is_lost(claim: claims.Claim) -> None:
    with reading() as connection:
        assert not claims.is_lost(connection, claim)


def _extend(claim: claims.Claim) -> None:
    with transaction() as connection:
        assert claims.extend(connection, claim, lease_seconds=30)


def _end(claim: claims.Claim) -> None:
    with transaction() as connection:
        assert claims.complete(connection, claim, RESULT, findings=len(FINDINGS))
        sessions.touch(connection, claim.unit.session_id)
        findings.insert(connection, claim.unit, FINDINGS)
