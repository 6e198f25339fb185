from __future__ import annotations

from typing import Any

import pytest

from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.patch import FixPlan
from pipeline_mcp.fixing.going_on import Standing, reason_to_end, room

FAIL_ON = (Severity.ERROR, Severity.WARNING)


def why(plan: FixPlan, **facts: Any) -> str | None:
    defaults: dict[str, Any] = {
        "rounds": 1,
        "fixed": 1,
        "new_findings": {Severity.WARNING: 3},
        "score": 50.0,
    }
    return reason_to_end(plan, Standing(**defaults | facts), FAIL_ON)


def test_as_long_as_there_is_something_to_fix_it_goes_on() -> None:
    assert why(FixPlan()) is None


@pytest.mark.parametrize(
    ("plan", "facts", "word"),
    [
        (FixPlan(), {"failed_tools": ["mypy"]}, "mypy did not end"),
        (FixPlan(), {"new_findings": {}}, "Nothing is left"),
        (FixPlan(max_cycles=2), {"rounds": 2}, "2 cycles"),
        (FixPlan(max_fixes=7), {"fixed": 7}, "7 fixes"),
        (FixPlan(target_quality_score=50), {}, "score of 50"),
        (FixPlan(), {"new_findings": {Severity.INFO: 3}}, "counts for the gate"),
    ],
)
def test_why_it_ends(plan: FixPlan, facts: dict[str, Any], word: str) -> None:
    assert word in (why(plan, **facts) or "")


def test_findings_below_the_gate_are_fixed_too_where_that_is_wanted() -> None:
    plan = FixPlan(break_on_no_issues=False)
    assert why(plan, new_findings={Severity.INFO: 3}) is None


def test_the_room_of_a_cycle_is_the_smaller_limit() -> None:
    assert room(FixPlan(), 5) is None
    assert room(FixPlan(max_fixes=7), 5) == 2
    assert room(FixPlan(max_fixes=7, max_fixes_per_cycle=1), 5) == 1
