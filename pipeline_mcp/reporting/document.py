"""The report as one JSON object: the contract with everything that reads it by program."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from pipeline_mcp.domain.application import Application
from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.report import SCHEMA_VERSION, Fixes, Report, ToolRun
from pipeline_mcp.domain.snapshot import SkippedFile
from pipeline_mcp.reporting.application import application_document
from pipeline_mcp.reporting.priorities import PriorityFix, priority_fixes, recommendations
from pipeline_mcp.reporting.verdict import counts_by_severity


def report_document(report: Report) -> dict[str, Any]:
    """JSON-ready, keys always in the same order; `docs/report.schema.json` describes it.

    `timestamp`, `performance`, `recommendations`, `priority_fixes` and the summary's
    `total_issues` to `success_rate` are the report keys of the older system.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "session_id": report.session_id,
        "status": report.status.value,
        "timestamp": timestamp(report.created_at),
        "workspace": report.workspace,
        "snapshot": report.snapshot,
        "summary": _summary(report),
        "findings": [finding_document(finding) for finding in report.findings],
        "tools": [_tool(run) for run in report.tools],
        "patch": report.fixes.patch if report.fixes else None,
        "fixes": _fixes(report.fixes) if report.fixes else None,
        "application": _application(report.application),
        "risk": None,
        "prediction": None,
        "skipped_files": [_skipped(skipped) for skipped in report.skipped_files],
        "notices": list(report.notices),
        "error": report.error,
        "performance": _performance(report),
        "recommendations": recommendations(report),
        "priority_fixes": [_priority_fix(fix) for fix in priority_fixes(report.new_findings)],
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    """One finding; numbers that the tool did not say are 0. A known one says by what it is."""
    known_by = {"known_by": finding.known_by} if finding.known_by else {}
    return {
        "tool": finding.tool,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": finding.message,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "fingerprint": finding.fingerprint,
        "fixable": finding.fixable,
        "is_new": finding.is_new,
        **known_by,
    }


def timestamp(epoch_seconds: float) -> str:
    """ISO 8601 in UTC, to the millisecond: `2026-01-31T12:00:00.250Z`."""
    moment = datetime.fromtimestamp(epoch_seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _summary(report: Report) -> dict[str, Any]:
    remaining = len(report.findings)
    fixed = report.fixes.fixed if report.fixes else 0
    total = report.fixes.found if report.fixes else remaining
    ran = Counter({run.tool: 0 for run in report.tools})
    ran.update(finding.tool for finding in report.findings)
    return {
        "files": report.files,
        "units": report.units,
        "units_cached": report.units_cached,
        "findings": remaining,
        "new_findings": len(report.new_findings),
        "fixed": fixed,
        "by_tool": dict(sorted(ran.items())),
        "by_severity": counts_by_severity(report.findings),
        "duration_seconds": round(report.duration_seconds, 3),
        "total_issues": total,
        "fixes_applied": fixed,
        "remaining_issues": remaining,
        # Of no issues all are fixed.
        "success_rate": round(100.0 * fixed / total, 1) if total else 100.0,
    }


def _fixes(fixes: Fixes) -> dict[str, Any]:
    return {
        "cycles": fixes.cycles,
        "quality_score": fixes.quality_score,
        "ended": fixes.ended,
        "attempts": [
            {
                "cycle": one.cycle,
                "fixer": one.fixer,
                "path": one.path,
                "rules": list(one.rules),
                "findings": one.findings,
                "state": one.state.value,
                "reason": one.reason,
            }
            for one in fixes.attempts
        ],
    }


def _application(done: Application | None) -> dict[str, Any] | None:
    if done is None:
        return None
    # The report has the patch already.
    return {key: value for key, value in application_document(done).items() if key != "patch"}


def _tool(run: ToolRun) -> dict[str, Any]:
    return {
        "tool": run.tool,
        "version": run.version,
        "outcome": run.outcome,
        "units": run.units,
        "cached": run.cached,
        "files": run.files,
        "files_cached": run.files_cached,
        "findings": run.findings,
        "cpu_seconds": round(run.cpu_seconds, 3),
        "wall_seconds": round(run.wall_seconds, 3),
        "error": run.error,
    }


def _performance(report: Report) -> dict[str, Any]:
    duration = report.duration_seconds
    rate = len(report.findings) / duration if duration > 0 else 0.0
    return {
        "duration_seconds": round(duration, 3),
        "files_analyzed": report.files,
        "issues_per_second": round(rate, 3),
    }


def _skipped(skipped: SkippedFile) -> dict[str, str]:
    return {"path": skipped.path, "reason": skipped.reason}


def _priority_fix(fix: PriorityFix) -> dict[str, Any]:
    return {
        "priority": int(fix.category),
        "category": fix.category.name.lower(),
        "fix": fix.fix,
    }
