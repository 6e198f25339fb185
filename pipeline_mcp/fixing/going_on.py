"""Whether another cycle of fixes is worth it: pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.patch import FixPlan


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the fixes are: cycles begun, findings fixed, and what the last good scan says.

    `gave_up` says that the last cycle was given up.
    """

    rounds: int
    fixed: int
    new_findings: Mapping[Severity, int]
    score: float
    failed_tools: Collection[str] = ()
    gave_up: bool = False


def reason_to_end(plan: FixPlan, standing: Standing, fail_on: Collection[Severity]) -> str | None:
    """Why there is to be no other cycle, in one sentence; None if there is to be one."""
    failed = ", ".join(sorted(standing.failed_tools))
    counts = any(standing.new_findings.get(severity, 0) for severity in fail_on)
    reasons = {
        f"{failed} did not end, and what cannot be checked is not changed.": bool(failed),
        "To make the fixes ended a worker again and again.": standing.gave_up,
        "What was proposed has been verified.": plan.proposal is not None and standing.rounds > 0,
        "Nothing is left to be fixed.": plan.proposal is None
        and not any(standing.new_findings.values()),
        f"The limit of {plan.max_cycles} cycles was reached.": standing.rounds >= plan.max_cycles,
        f"The limit of {plan.max_fixes} fixes was reached.": plan.max_fixes is not None
        and standing.fixed >= plan.max_fixes,
        f"The quality score of {plan.target_quality_score:g} was reached.": plan.proposal is None
        and standing.score >= plan.target_quality_score,
        "No finding is left that counts for the gate.": plan.break_on_no_issues and not counts,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def room(plan: FixPlan, fixed: int) -> int | None:
    """How many findings the next cycle may fix; None if there is no limit."""
    limits = [
        limit
        for limit in (
            None if plan.max_fixes is None else plan.max_fixes - fixed,
            plan.max_fixes_per_cycle,
        )
        if limit is not None
    ]
    return max(min(limits), 0) if limits else None
