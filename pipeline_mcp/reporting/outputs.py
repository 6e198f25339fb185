"""The report as `name=value` lines, for the outputs of a CI step and GitLab's dotenv reports."""

from __future__ import annotations

from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import SessionStatus

_FINISHED = frozenset({SessionStatus.PASSED, SessionStatus.FAILED})


def outputs_report(report: Report) -> str:
    """Ids, counts and words of our own: no line can be forged by what is in a repository.

    `issues_count` are the new findings, of a session that fixes those that are left. `has_issues`
    is `unknown` where not everything was looked at and nothing was found so far.
    """
    fixes = report.fixes
    values = {
        "session_id": report.session_id,
        "status": report.status.value,
        "has_issues": _has_issues(report),
        "issues_count": len(report.new_findings),
        "fixes_applied": fixes.fixed if fixes else 0,
        "has_patch": "true" if fixes and fixes.patch else "false",
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _has_issues(report: Report) -> str:
    if report.new_findings:
        return "true"
    return "false" if report.status in _FINISHED else "unknown"
