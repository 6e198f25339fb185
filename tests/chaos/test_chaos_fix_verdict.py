"""The verdict over fixes finds a half-written file, a late one, a wrong one and one too many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from chaos import fix_verdict
from chaos.breach import Observed, SeenTrees
from chaos.facts import Facts, SessionFact
from chaos.faults import Cancelled
from chaos.fix_facts import ApplicationFact, CandidateFact, PatchFact
from chaos.fix_verdict import judge_fixes
from chaos.kinds import Answer, Kind

ID = "pipeline-1-00000000"
PLACE = "/w/1"
WRITTEN = {"a.py": "old", "b.py": "same"}
APPLIED = ApplicationFact(1, "done", "apply", {"a.py": "applied"}, {"a.py": "applied"}, None)
UNDONE = replace(APPLIED, serial=2, direction="undo", journal={})


def facts(
    status: str = "failed", *, kind: Kind = Kind.FIX, done: ApplicationFact | None = APPLIED
) -> Facts:
    """A session that has fixed one file, and what was brought into its workspace."""
    made = Facts({ID: SessionFact(ID, PLACE, status, None, 20.0, kind, Answer.FIX, 2)})
    made.fixes.patches[ID] = PatchFact({"a.py": ("old", "new")}, 15.0)
    made.fixes.candidates[ID].append(CandidateFact(2, "good", (12.0, 14.0)))
    made.fixes.steps[ID]["accepted"] = 1
    if done is not None:
        made.fixes.applications[ID] = done
    made.fixes.done[ID, "apply"] = 1
    return made


def observed(
    now: dict[str, str] | None = None, seen: set[str] | None = None, **values: Any
) -> Observed:
    """A driver that saw the file as it was and as it is."""
    there = {"a.py": "new", "b.py": "same"} if now is None else now
    trees = SeenTrees({PLACE: WRITTEN}, {PLACE: there}, {(PLACE, "a.py"): seen or set()})
    defaults: dict[str, Any] = {
        "accepted": [ID],
        "history": {},
        "cancelled": [],
        "cancel_tried": frozenset(),
        "expected": {},
        "excuses": {},
        "patches": {PLACE: {"a.py": "new"}},
        "trees": trees,
    }
    return Observed(**defaults | values)


def rules(found: Facts, seen: Observed) -> set[str]:
    return {breach.rule for breach in judge_fixes(found, seen)}


def test_what_was_applied_as_its_rows_say_breaches_nothing() -> None:
    assert rules(facts(), observed(seen={"old", "new"})) == set()


def test_what_was_undone_has_its_old_content() -> None:
    undone = facts(kind=Kind.UNDONE, done=UNDONE)
    assert rules(undone, observed(WRITTEN, {"old", "new"}, undone={ID})) == set()
    assert rules(undone, observed(undone={ID})) == {fix_verdict.UNTRUE}


@pytest.mark.parametrize(
    ("now", "seen", "expected"),
    [
        ({"a.py": "new", "b.py": "same"}, {"half"}, {fix_verdict.TORN}),
        ({"a.py": "new", "b.py": "same"}, {"gone"}, {fix_verdict.TORN}),
        ({"a.py": "half", "b.py": "same"}, set(), {fix_verdict.TORN, fix_verdict.UNTRUE}),
        ({"a.py": "old", "b.py": "same"}, set(), {fix_verdict.UNTRUE}),
        ({"a.py": "new", "b.py": "other"}, set(), {fix_verdict.UNASKED, fix_verdict.UNTRUE}),
        ({"a.py": "new", "b.py": "same", ".fresh": "x"}, set(), {fix_verdict.UNASKED}),
        ({"a.py": "new"}, set(), {fix_verdict.UNASKED}),
    ],
)
def test_a_file_that_nobody_may_have_written_so_is_a_breach(
    now: dict[str, str], seen: set[str], expected: set[str]
) -> None:
    assert rules(facts(), observed(now, seen)) == expected


def _new_after_the_end(found: Facts) -> None:
    found.fixes.patches[ID] = replace(found.fixes.patches[ID], updated_at=21.0)


def _judged_after_the_end(found: Facts) -> None:
    found.fixes.candidates[ID].append(CandidateFact(3, "bad", (19.0, 20.5)))


@pytest.mark.parametrize("damage", [_new_after_the_end, _judged_after_the_end])
def test_fixes_that_are_written_after_the_end_are_a_breach(
    damage: Callable[[Facts], None],
) -> None:
    found = facts()
    damage(found)
    assert rules(found, observed()) == {fix_verdict.LATE}


@pytest.mark.parametrize(("intended", "expected"), [({"a.py"}, set()), (set(), {"late"})])
def test_what_a_cancelled_session_had_not_begun_to_apply_stays_so(
    intended: set[str], expected: set[str]
) -> None:
    seen = observed(cancelled=[Cancelled(ID, {}, frozenset(intended))])
    found = rules(facts("cancelled"), seen)
    assert found == ({fix_verdict.LATE} if expected else set())


def test_a_session_that_ends_without_applying_is_a_breach() -> None:
    assert rules(facts(done=None), observed(WRITTEN)) == {
        fix_verdict.TWICE,
        fix_verdict.UNSETTLED,
    }


def test_more_entries_in_the_audit_than_wishes_are_a_breach() -> None:
    found = facts()
    found.fixes.done[ID, "apply"] = 2
    assert rules(found, observed()) == {fix_verdict.TWICE}


def test_a_step_or_a_candidate_that_is_left_open_is_a_breach() -> None:
    found = facts()
    found.fixes.steps[ID]["proposed"] = 1
    assert rules(found, observed()) == {fix_verdict.UNSETTLED}


def test_another_patch_than_undisturbed_needs_an_excuse() -> None:
    seen = observed(patches={PLACE: {"a.py": "other"}})
    assert rules(facts(), seen) == {fix_verdict.UNLIKE}
    assert rules(facts(), replace(seen, excuses={ID: ["signal 9"]})) == set()
