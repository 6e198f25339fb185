"""The whole report that the older quality patcher wrote, of what has really reached the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline_mcp.domain.application import Application, FileState
from pipeline_mcp.domain.patch import FixPlan, StepState
from pipeline_mcp.domain.report import FixAttempt, Fixes, Report
from pipeline_mcp.domain.session import StageRun
from pipeline_mcp.reporting.document import timestamp
from pipeline_mcp.reporting.older_fixes import fixes_details, fixes_processed
from pipeline_mcp.reporting.priorities import recommendations
from pipeline_mcp.reporting.wording import count

_IN_THE_FILE = (FileState.APPLIED, FileState.ALREADY)


@dataclass(frozen=True, slots=True)
class Brought:
    """What has become of the patch: `application` is None where nobody wanted it in the files.

    `declined` are paths that the user was asked about and did not want to be changed.
    """

    application: Application | None
    declined: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Fate:
    status: str
    reason: str


def older_fixes_report(
    report: Report,
    plan: FixPlan,
    runs: Sequence[StageRun],
    brought: Brought,
    *,
    source: str | None,
) -> dict[str, Any]:
    """JSON-ready, with the older system's keys; `source` is the path of the lint report, if any.

    `applied` is what the files of the workspace have: a verified fix that was not brought there
    is `skipped`, with the reason.
    """
    fixes = report.fixes or Fixes(0, 0, 0, None, None, (), None)
    fates = [_fate(one, brought) for one in fixes.attempts]
    summary = _summary(report, fixes, fates)
    rates = _rates(report, fates, summary["fixes_applied"])
    return {
        "timestamp": timestamp(report.created_at),
        "session_id": report.session_id,
        "summary": summary,
        "details": fixes_details(report, fixes, plan)
        | {
            "performance_metrics": rates,
            "fix_timings": [
                {"cycle": run.cycle, "stage": run.stage.value, "seconds": round(run.seconds, 3)}
                for run in runs
            ],
        },
        "performance": {
            "duration_seconds": round(report.duration_seconds, 3),
            **rates,
            "success_rate": summary["success_rate"],
        },
        "recommendations": [*_next_steps(report, fixes, brought), *recommendations(report)],
        "session_results": {"fixes_processed": _processed(report, fixes, fates)},
        "source_lint_report": source,
    }


def _fate(one: FixAttempt, brought: Brought) -> _Fate:
    if one.state is StepState.PROPOSED:
        return _Fate("skipped", one.reason or "it was not tried")
    if one.state is not StepState.ACCEPTED:
        return _Fate("failed", one.reason or "")
    if one.path in brought.declined:
        return _Fate("cancelled", "it is verified, and you did not want it")
    if brought.application is None:
        return _Fate("skipped", "it is verified, and was not to be applied")
    for file in brought.application.files:
        if file.path == one.path:
            status = "applied" if file.state in _IN_THE_FILE else "failed"
            return _Fate(status, file.reason or "")
    return _Fate("failed", brought.application.error or "its file is not in the patch")


def _summary(report: Report, fixes: Fixes, fates: Sequence[_Fate]) -> dict[str, Any]:
    by_status: Counter[str] = Counter()
    verified: Counter[str] = Counter()
    for one, fate in zip(fixes.attempts, fates, strict=True):
        by_status[fate.status] += one.findings
        verified[fate.status] += one.findings if one.state is StepState.ACCEPTED else 0
    applied = by_status["applied"]
    # Where everything that was verified is in the files, the last scan is about those files.
    is_whole = applied == verified.total()
    return {
        "total_issues": fixes.found,
        "fixes_applied": applied,
        "fixes_failed": by_status["failed"],
        "fixes_skipped": verified["skipped"] + verified["cancelled"] + _untried(report, fixes),
        "remaining_issues": len(report.findings) if is_whole else fixes.found - applied,
        "success_rate": round(100.0 * applied / fixes.found, 1) if fixes.found else 100.0,
    }


def _untried(report: Report, fixes: Fixes) -> int:
    """How many findings a tool could still fix, those aside whose fix was turned down."""
    fixable = sum(finding.fixable for finding in report.new_findings)
    return max(fixable - fixes.count(StepState.REJECTED, StepState.REFUSED), 0)


def _rates(report: Report, fates: Sequence[_Fate], applied: int) -> dict[str, float]:
    """Findings per minute, and seconds for each fix that was tried."""
    seconds = report.duration_seconds
    return {
        "fixes_per_minute": round(60.0 * applied / seconds, 3) if seconds > 0 else 0.0,
        "average_fix_time": round(seconds / len(fates), 3) if fates else 0.0,
    }


def _processed(report: Report, fixes: Fixes, fates: Sequence[_Fate]) -> list[dict[str, Any]]:
    """There are no backups: what was applied is taken back by `undo`, byte for byte."""
    rows = fixes_processed(report, fixes, most=len(fixes.attempts))
    return [
        row
        | {
            "status": fate.status,
            "reason": fate.reason,
            # By all tools and proofs of the session; before them come the guards of the lines.
            "validation": _judged(one.state, StepState.REJECTED, later=()),
            "line_validation": _judged(one.state, StepState.REFUSED, later=(StepState.REJECTED,)),
            "backup_path": None,
        }
        for row, one, fate in zip(rows, fixes.attempts, fates, strict=True)
    ]


def _judged(state: StepState, bad: StepState, *, later: tuple[StepState, ...]) -> dict[str, Any]:
    """`passed` is None where it did not come to that."""
    if state is bad:
        return {"passed": False}
    return {"passed": True if state is StepState.ACCEPTED or state in later else None}


def _next_steps(report: Report, fixes: Fixes, brought: Brought) -> list[str]:
    if fixes.patch is None:
        return []
    if brought.application is None:
        return [
            f"{count(fixes.fixed, 'finding')} can be fixed by a verified patch: "
            f"`pipeline-mcp apply {report.session_id}` applies it."
        ]
    return [f"`pipeline-mcp undo {report.session_id}` takes back what was applied."]
