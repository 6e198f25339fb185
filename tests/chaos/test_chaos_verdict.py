"""The verdict of a campaign finds every kind of breach: it would not call a lost session saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from chaos import verdict
from chaos.breach import Observed
from chaos.facts import EventFact, Facts, FindingFact, SessionFact, UnitFact
from chaos.faults import Cancelled
from chaos.kinds import Answer
from chaos.schedule import DECK, make_schedule
from chaos.verdict import judge

ID = "pipeline-1-00000000"
PLACE = "/w/1"
FINDING = FindingFact("ruff", "a.py", 3, "F401", "f" * 32)
UNIT = UnitFact(ID, "k", "ruff", "done", "ok", "", 1, 1, 12.0)


def facts(status: str = "failed", *, error: str | None = None, **unit: Any) -> Facts:
    """A session with one unit of one finding; the unit's columns may be given."""
    made = Facts(sessions={ID: SessionFact(ID, PLACE, status, error, 13.0)})
    made.units[ID].append(replace(UNIT, **unit))
    made.findings[ID, 1][FINDING] = 1
    made.rows_of_unit[ID, "k"] = 1
    return made


def observed(**values: Any) -> Observed:
    """A driver that saw nothing special."""
    defaults: dict[str, Any] = {
        "accepted": [ID],
        "history": {ID: ["queued", "running", "failed"]},
        "cancelled": [],
        "cancel_tried": frozenset(),
        "expected": {(PLACE, Answer.SCAN): Counter({FINDING: 1})},
        "excuses": {},
    }
    return Observed(**defaults | values)


def rules(found: Facts, seen: Observed) -> set[str]:
    return {breach.rule for breach in judge(found, seen)}


def test_a_session_that_ended_as_undisturbed_breaches_nothing() -> None:
    assert rules(facts(), observed()) == set()


@pytest.mark.parametrize("status", ["queued", "running"])
def test_a_session_that_does_not_end_is_lost(status: str) -> None:
    assert verdict.LOST in rules(facts(status), observed(history={}))


def test_an_accepted_session_without_a_row_is_lost() -> None:
    assert rules(facts(), observed(accepted=[ID, "pipeline-2-00000000"])) == {verdict.LOST}


def test_a_final_status_that_was_seen_to_change_is_a_breach() -> None:
    seen = observed(history={ID: ["running", "passed"]})
    assert rules(facts("failed"), seen) == {verdict.CHANGED}


def test_a_unit_that_is_written_after_the_end_of_its_session_is_a_breach() -> None:
    assert rules(facts(finished_at=14.0), observed()) == {verdict.CHANGED}


def _twice(found: Facts) -> None:
    found.findings[ID, 1][FINDING] = found.rows_of_unit[ID, "k"] = 2


def _uncounted(found: Facts) -> None:
    found.rows_of_unit[ID, "k"] = 2


@pytest.mark.parametrize("damage", [_twice, _uncounted])
def test_a_finding_written_twice_is_a_breach(damage: Callable[[Facts], None]) -> None:
    found = facts()
    damage(found)
    assert verdict.DUPLICATED in rules(found, observed())


@pytest.mark.parametrize(
    ("status", "attempts", "tried", "expected"),
    [
        ("cancelled", {"k": 1}, {ID}, set()),
        ("cancelled", {"k": 0}, {ID}, {verdict.STARTED}),
        ("cancelled", {}, {ID}, {verdict.STARTED}),
        ("failed", {"k": 1}, {ID}, {verdict.STARTED}),
    ],
)
def test_a_cancelled_session_starts_nothing_more(
    status: str, attempts: dict[str, int], tried: set[str], expected: set[str]
) -> None:
    seen = observed(
        history={ID: ["running", status]},
        cancelled=[Cancelled(ID, attempts)],
        cancel_tried=frozenset(tried),
    )
    assert rules(facts(status), seen) == expected


def test_a_session_that_nobody_cancelled_must_not_be_cancelled() -> None:
    assert rules(facts("cancelled"), observed(history={})) == {verdict.STARTED}


def history(*kinds: str) -> list[EventFact]:
    return [EventFact(number, kind, {}) for number, kind in enumerate(kinds)]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (("accepted", "unit_claimed", "finished"), set()),
        (("accepted", "finished", "unit_claimed"), {verdict.STARTED}),
        (("finished", "finished"), {verdict.CHANGED}),
        (("cancelled", "finished"), {verdict.CHANGED}),
    ],
)
def test_a_history_has_one_end_and_nothing_is_claimed_after_it(
    kinds: tuple[str, ...], expected: set[str]
) -> None:
    found = facts()
    found.events[ID] = history(*kinds)
    assert rules(found, observed()) == expected


@pytest.mark.parametrize("outcome", ["tool_error", "timeout", None])
@pytest.mark.parametrize("status", ["passed", "failed"])
def test_a_verdict_over_a_unit_without_one_is_a_breach(status: str, outcome: str | None) -> None:
    assert verdict.FALSE_PASS in rules(facts(status, outcome=outcome), observed(history={}))


def test_a_verdict_over_no_unit_at_all_is_a_breach() -> None:
    found = facts("passed")
    found.units.clear()
    assert verdict.FALSE_PASS in rules(found, observed(history={}))


def test_a_missing_finding_and_a_new_one_are_breaches() -> None:
    other = replace(FINDING, line=9)
    for expected in (Counter({FINDING: 1, other: 1}), Counter()):
        seen = observed(expected={(PLACE, Answer.SCAN): expected})
        assert rules(facts(), seen) == {verdict.DIFFERENT}


def test_a_tool_that_was_killed_may_miss_its_findings_if_it_says_so() -> None:
    found = facts("incomplete", outcome="tool_error", reason="killed by signal 9", findings=0)
    found.findings.clear()
    found.rows_of_unit.clear()
    assert rules(found, observed(history={}, excuses={ID: ["signal 9"]})) == set()
    assert rules(found, observed(history={})) == {verdict.UNEXPLAINED}


def test_a_seed_gives_one_schedule_with_every_kind_of_fault() -> None:
    schedule = make_schedule(7, faults=len(DECK), sessions=5)
    assert schedule == make_schedule(7, faults=len(DECK), sessions=5)
    assert schedule != make_schedule(8, faults=len(DECK), sessions=5)
    assert {step.fault for step in schedule} - {None} == set(DECK)
    assert sum(step.fault is None for step in schedule) == 5
