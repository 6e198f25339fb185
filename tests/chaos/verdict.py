"""The invariants, and the comparison with undisturbed runs: every breach by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from chaos.breach import Breach, Observed
from chaos.facts import Facts, FindingFact, UnitFact
from chaos.fix_verdict import judge_fixes
from chaos.kinds import Answer

from pipeline_mcp.domain.event import EventKind
from pipeline_mcp.domain.session import FINAL_STATUSES

LOST = "lost session"
CHANGED = "changed after its end"
DUPLICATED = "duplicated effect"
STARTED = "started after its end"
FALSE_PASS = "incomplete but not called so"
DIFFERENT = "other findings than undisturbed"
UNEXPLAINED = "incomplete for no reason of ours"

_FINAL = {status.value for status in FINAL_STATUSES}
_CONCLUSIVE = {"passed", "failed"}
_GOOD = {"ok", "skipped"}
_ENDS = {EventKind.CANCELLED.value, EventKind.FINISHED.value}


def judge(facts: Facts, observed: Observed) -> list[Breach]:
    """Every breach of every rule; none if all is well."""
    rules = (
        *(_lost, _changed, _duplicated, _started_late),
        *(_falsely_passed, _different, _unexplained, judge_fixes),
    )
    return [breach for rule in rules for breach in rule(facts, observed)]


def _lost(facts: Facts, observed: Observed) -> Iterator[Breach]:
    for session_id in observed.accepted:
        if session_id not in facts.sessions:
            yield Breach(LOST, session_id, "it was accepted, and there is no such row")
    for each in facts.sessions.values():
        if each.status not in _FINAL:
            done = sum(unit.outcome is not None for unit in facts.units[each.session_id])
            detail = f"{each.status}, {done} of {len(facts.units[each.session_id])} units done"
            yield Breach(LOST, each.session_id, detail)


def _changed(facts: Facts, observed: Observed) -> Iterator[Breach]:
    for session_id, seen in observed.history.items():
        # What the database says in the end counts as seen last.
        words = [*seen, facts.sessions[session_id].status] if session_id in facts.sessions else seen
        firsts = [index for index, word in enumerate(words) if word in _FINAL]
        if firsts and len(set(words[firsts[0] :])) > 1:
            yield Breach(CHANGED, session_id, " -> ".join(words))
    for each in facts.sessions.values():
        for unit in facts.units[each.session_id]:
            if each.finished_at and unit.finished_at and unit.finished_at > each.finished_at:
                late = unit.finished_at - each.finished_at
                yield Breach(CHANGED, each.session_id, f"{unit.tool} was written {late:.1f} s late")
    for session_id, steps in facts.events.items():
        ends = [step.kind for step in steps if step.kind in _ENDS]
        if len(ends) > 1:
            yield Breach(CHANGED, session_id, f"its history has several ends: {ends}")


def _duplicated(facts: Facts, observed: Observed) -> Iterator[Breach]:
    for (session_id, _cycle), found in facts.findings.items():
        for one, count in found.items():
            if count > 1:
                yield Breach(DUPLICATED, session_id, f"{count} rows of {one}")
    for unit in _all_units(facts):
        rows = facts.rows_of_unit[unit.session_id, unit.key]
        if rows != (unit.findings or 0):
            detail = f"{unit.tool} says {unit.findings} findings and has {rows} rows"
            yield Breach(DUPLICATED, unit.session_id, detail)


def _started_late(facts: Facts, observed: Observed) -> Iterator[Breach]:
    for one in observed.cancelled:
        status = facts.sessions[one.session_id].status
        if status != "cancelled":
            yield Breach(STARTED, one.session_id, f"it was cancelled, and is {status}")
        for unit in facts.units[one.session_id]:
            before = one.attempts.get(unit.key, 0)
            if unit.attempt > before:
                detail = f"{unit.tool} was begun {unit.attempt} times, {before} before"
                yield Breach(STARTED, one.session_id, detail)
    for each in facts.sessions.values():
        if each.status == "cancelled" and each.session_id not in observed.cancel_tried:
            yield Breach(STARTED, each.session_id, "nobody cancelled it")
    for session_id, steps in facts.events.items():
        kinds = [step.kind for step in steps]
        for end in _ENDS & set(kinds):
            late = kinds[kinds.index(end) :].count(EventKind.UNIT_CLAIMED)
            if late:
                yield Breach(STARTED, session_id, f"{late} units were claimed after it was {end}")


def _falsely_passed(facts: Facts, observed: Observed) -> Iterator[Breach]:
    for each in facts.sessions.values():
        if each.status not in _CONCLUSIVE:
            continue
        ran = facts.judged(each.session_id)
        bad = [f"{unit.tool}: {unit.outcome}" for unit in ran if unit.outcome not in _GOOD]
        if bad or not ran:
            yield Breach(FALSE_PASS, each.session_id, f"{each.status} with {bad or 'no unit'}")


def _different(facts: Facts, observed: Observed) -> Iterator[Breach]:
    for each in facts.sessions.values():
        expected = observed.expected.get((each.workspace, each.answer))
        if each.answer is Answer.FIX and each.session_id in observed.excuses:
            continue  # what could not be verified is not fixed, and so is still there
        if each.status == "cancelled" or each.status not in _FINAL or expected is None:
            continue
        broken = {unit.tool for unit in facts.judged(each.session_id) if unit.outcome not in _GOOD}
        found = facts.said(each.session_id)
        if each.base in observed.excuses:
            # What could not be found there counts as new here, and a notice says so.
            found, expected = _without_news(found), _without_news(expected)
        extra, missing = set(found - expected), set(expected - found)
        if each.status == "incomplete" and not facts.units[each.session_id]:
            missing = set()  # it ended before its plan, and does not claim anything
        missing = {one for one in missing if one.tool not in broken}
        if extra or missing:
            detail = f"{len(extra)} more {_sample(extra)}, {len(missing)} fewer {_sample(missing)}"
            yield Breach(DIFFERENT, each.session_id, detail)


def _unexplained(facts: Facts, observed: Observed) -> Iterator[Breach]:
    for each in facts.sessions.values():
        if each.status != "incomplete":
            continue
        excuses = observed.excuses.get(each.session_id, ())
        for reason in reasons_of(facts, each.session_id):
            if not any(words in reason for words in excuses):
                yield Breach(UNEXPLAINED, each.session_id, reason)


def reasons_of(facts: Facts, session_id: str) -> list[str]:
    """Why the session is incomplete: its own error, and those of its units."""
    ran = facts.judged(session_id)
    said = [f"{unit.tool}: {unit.reason}" for unit in ran if unit.outcome not in _GOOD]
    error = facts.sessions[session_id].error
    return [*([error] if error else []), *said] or ["no reason is given"]


def _all_units(facts: Facts) -> Iterator[UnitFact]:
    for units in facts.units.values():
        yield from units


def _without_news(found: Counter[FindingFact]) -> Counter[FindingFact]:
    return Counter(replace(one, is_new=True) for one in found.elements())


def _sample(found: Iterable[FindingFact]) -> list[str]:
    return sorted(f"{one.tool} {one.path}:{one.line} {one.rule}" for one in found)[:3]
