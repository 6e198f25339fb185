"""The table of a campaign: what was hit, how it ended, and how long that took."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chaos.by_kind import ends, hits
from chaos.campaign import Struck
from chaos.facts import Facts, SessionFact, UnitFact
from chaos.faults import BrokerKilled, SessionCancelled
from chaos.kinds import Kind
from chaos.recovery import rows
from chaos.report import table
from chaos.verdict import DUPLICATED, LOST, Breach
from chaos.watch import RunningUnit
from chaos.worker_faults import WorkerKilled


def facts(**statuses: str) -> Facts:
    """Sessions that ended at 130, each with the units `x`, done at 110, and `y`, done at 120."""
    made = Facts()
    for session_id, status in statuses.items():
        made.sessions[session_id] = SessionFact(session_id, "/w", status, None, 130.0)
        for key, done in (("x", 110.0), ("y", 120.0)):
            unit = UnitFact(session_id, key, "ruff", "done", "ok", "", 1, 0, done)
            made.units[session_id].append(unit)
    return made


def struck(kind: str, at: float, *affected: str, units: tuple[RunningUnit, ...] = ()) -> Struck:
    return Struck(0, kind, "", at, frozenset(affected), units)


def row(*faults: Struck, found: Facts, breaches: tuple[Breach, ...] = ()) -> Any:
    """The row of the only kind there is; the one of all kinds says the same."""
    one, everything = rows(faults, found, breaches)
    assert (one.injected, one.hit) == (everything.injected, everything.hit)
    return one


def test_a_session_gets_on_with_its_next_unit_or_with_its_end() -> None:
    found = facts(a="failed")
    faults = [struck(BrokerKilled.kind, at, "a") for at in (105.0, 115.0, 125.0)]
    assert row(*faults, found=found).seconds == (5.0, 5.0, 5.0)


def test_an_interrupted_unit_is_waited_for_itself() -> None:
    hit = struck(WorkerKilled.kind, 105.0, "a", units=(RunningUnit("a", "y", "n:1:t"),))
    assert row(hit, found=facts(a="failed")).seconds == (15.0,)


def test_how_the_sessions_ended_is_counted_for_each_fault() -> None:
    found = facts(a="passed", b="failed", c="incomplete", d="cancelled", e="running", f="failed")
    breaches = (Breach(LOST, "e", ""), Breach(DUPLICATED, "f", ""))
    counted = row(struck(BrokerKilled.kind, 105.0, *"abcdef"), found=found, breaches=breaches)
    assert (counted.hit, counted.recovered, counted.incomplete, counted.cancelled) == (6, 3, 1, 1)
    assert (counted.lost, counted.duplicated, counted.idle) == (1, 1, 0)


def test_a_fault_that_meets_nothing_is_idle() -> None:
    assert row(struck(BrokerKilled.kind, 105.0), found=facts()).idle == 1


def test_the_time_to_get_over_a_cancellation_is_none() -> None:
    counted = row(struck(SessionCancelled.kind, 105.0, "a"), found=facts(a="cancelled"))
    assert counted.seconds == ()
    assert counted.median is None


def test_the_95th_percentile_is_one_of_the_times() -> None:
    found = facts(a="failed")
    times = [struck(BrokerKilled.kind, 110.0 - n, "a") for n in range(1, 101)]
    assert row(*times, found=found).p95 == 95.0


def test_the_kinds_of_sessions_are_counted_apart() -> None:
    found = facts(a="failed", b="cancelled")
    found.sessions["b"] = replace(found.sessions["b"], kind=Kind.FIX)
    found.fixes.done["b", "apply"] = 1
    heading, hit, everything = hits([struck(BrokerKilled.kind, 105.0, "a", "b", "new")], found)
    assert heading == ["fault", "scan", "fix", "undone", "base"]
    assert hit[1:] == everything[1:] == ["1", "1", "0", "0"]
    told = {line[0]: line[1:] for line in ends(found)}
    assert told["scan"] == ["1", "0", "1", "0", "0", "0", "0", "0", "0", "0"]
    assert told["fix"] == ["1", "0", "0", "0", "1", "0", "0", "0", "1", "0"]


def test_the_table_is_markdown() -> None:
    lines = table(rows([struck(BrokerKilled.kind, 105.0, "a")], facts(a="failed"), ())).split("\n")
    assert len(lines) == 4
    assert {line.count("|") for line in lines} == {11}
    assert lines[2].startswith("| broker killed")
