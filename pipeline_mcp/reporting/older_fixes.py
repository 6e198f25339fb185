"""What the older system said of fixes, under its keys: for clients that were made for it."""

from __future__ import annotations

from typing import Any

from pipeline_mcp.domain.patch import FixPlan, StepState
from pipeline_mcp.domain.report import FixAttempt, Fixes, Report
from pipeline_mcp.reporting.document import timestamp
from pipeline_mcp.reporting.sanitise import one_line, visible

_STATUSES = {
    StepState.ACCEPTED: "applied",
    StepState.REJECTED: "failed",
    StepState.REFUSED: "failed",
    StepState.PROPOSED: "skipped",
}


def fixes_summary(report: Report, fixes: Fixes) -> dict[str, Any]:
    """Counts of findings: `fixes_failed` were turned down, `fixes_skipped` could still be fixed."""
    failed = fixes.count(StepState.REJECTED, StepState.REFUSED)
    fixable = sum(finding.fixable for finding in report.new_findings)
    return {"fixes_failed": failed, "fixes_skipped": max(fixable - failed, 0)}


def fixes_details(report: Report, fixes: Fixes, plan: FixPlan) -> dict[str, Any]:
    """How much was tried, within which limit; `session_duration` in seconds."""
    return {
        "fixes_attempted": sum(one.findings for one in fixes.attempts),
        "max_fixes_limit": plan.max_fixes,
        "session_duration": round(report.duration_seconds, 3),
    }


def fixes_processed(report: Report, fixes: Fixes, *, most: int) -> list[dict[str, Any]]:
    """The first `most` attempts, one for each fixer and file."""
    at = timestamp(report.created_at + report.duration_seconds)
    return [_processed(one, at) for one in fixes.attempts[:most]]


def _processed(one: FixAttempt, at: str) -> dict[str, Any]:
    rules = ", ".join(map(visible, one.rules))
    return {
        "fix_item": f"{visible(one.fixer)} at {visible(one.path)}: {rules}",
        "status": _STATUSES[one.state],
        "reason": one_line(one.reason or ""),
        "findings": one.findings,
        "timestamp": at,
    }
