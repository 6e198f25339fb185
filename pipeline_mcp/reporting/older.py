"""What the older system said of a session, under its keys: for clients that were made for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.report import Report, ToolRun
from pipeline_mcp.domain.session import SessionView, StageRun, StageState
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.reporting.document import report_document, timestamp
from pipeline_mcp.reporting.priorities import Category, category, priority_fixes
from pipeline_mcp.reporting.sanitise import one_line, visible
from pipeline_mcp.reporting.verdict import failed_tools
from pipeline_mcp.reporting.wording import count, place

# Of what goes into an agent's context window.
_MOST_ISSUES = 10
_MOST_FIXES = 3
_SUMMARY = ("total_issues", "fixes_applied", "remaining_issues", "success_rate")
_LISTS = {
    "security_issues": Category.SECURITY,
    "duplicate_issues": Category.DUPLICATES,
    "connection_issues": Category.CONNECTIONS,
}


def session_object(
    session: SessionView, runs: Sequence[StageRun], *, findings: int, fixed: int, errors: int
) -> dict[str, Any]:
    """The session; `execution_time` in seconds, to its end or its last sign of life.

    `errors` is how many tools did not do their work.
    """
    took = round((session.finished_at or session.updated_at) - session.created_at, 3)
    return {
        "session_id": session.session_id,
        "status": session.status.value,
        "current_stage": session.stage.value,
        "created_at": timestamp(session.created_at),
        "last_updated": timestamp(session.updated_at),
        "metrics": {
            "total_issues_found": findings,
            "fixes_applied": fixed,
            "remaining_issues": findings - fixed,
            "execution_time": took,
            "stages_completed": _completed(runs),
        },
        "artifacts": _artifacts(session),
        "error_count": errors,
        "execution_time": took,
    }


def cycles(runs: Iterable[StageRun]) -> list[dict[str, Any]]:
    """The rounds of the pipeline, with the stages of each and how long they took in seconds."""
    by_cycle = groupby(sorted(runs, key=lambda run: run.cycle), lambda run: run.cycle)
    return [_cycle(number, list(stages)) for number, stages in by_cycle]


def lint_report(report: Report, *, version: str | None, branch: str | None) -> dict[str, Any]:
    """The lint report that the older version keeper wrote: its keys, and no others."""
    document = report_document(report)
    return {
        "timestamp": document["timestamp"],
        "session_id": report.session_id,
        "version": version,
        "branch": branch,
        "summary": {key: document["summary"][key] for key in _SUMMARY},
        "details": lint_details(report, in_full=True),
        "performance": document["performance"],
        "recommendations": document["recommendations"],
        "priority_fixes": document["priority_fixes"],
    }


def lint_details(report: Report, *, in_full: bool = False) -> dict[str, Any]:
    """What each tool came to, and the new findings of the kinds that have a list, worst first.

    Unless `in_full` only the first of them, and how many findings a tool has in place of them.
    """
    fixes: dict[str, list[str]] = {}
    for fix in priority_fixes(report.new_findings):
        fixes.setdefault(fix.fix.partition(" ")[0], []).append(fix.fix)
    found: dict[Category, list[Finding]] = {}
    said: dict[str, list[str]] = {}
    for finding in sorted(report.new_findings, key=lambda one: one.urgency):
        found.setdefault(category(finding), []).append(finding)
        said.setdefault(finding.tool, []).append(_issue(finding))
    details: dict[str, Any] = {
        "quality_issues": {
            visible(run.tool): _quality(
                run,
                "\n".join(said.get(run.tool, [])) if in_full else count(run.findings, "finding"),
                fixes.get(run.tool, [])[: None if in_full else _MOST_FIXES],
            )
            for run in report.tools
        }
    }
    for name, kind in _LISTS.items():
        listed = found.get(kind, [])[: None if in_full else _MOST_ISSUES]
        details[name] = [_issue(finding) for finding in listed]
    return details


def error_count(report: Report) -> int:
    """How many tools did not say all they had to, and the session's own error."""
    return len(failed_tools(report)) + (report.error is not None)


def _completed(runs: Iterable[StageRun]) -> list[str]:
    done = (run.stage.value for run in runs if run.state is StageState.DONE)
    return list(dict.fromkeys(done))


def _artifacts(session: SessionView) -> list[dict[str, str]]:
    """Where the whole of it can be read, once there is a whole."""
    if session.finished_at is None:
        return []
    made = timestamp(session.finished_at)
    where = f"pipeline://sessions/{session.session_id}"
    return [
        {"path": f"{where}/{kind}", "type": kind, "created_at": made}
        for kind in ("report", "findings", "sarif", "log")
    ]


def _cycle(number: int, stages: Sequence[StageRun]) -> dict[str, Any]:
    return {
        "cycle": number,
        "stages": [
            {
                "stage": run.stage.value,
                "status": run.state.value,
                "execution_time": round(run.seconds, 3),
            }
            for run in stages
        ],
        "execution_time": round(sum(run.seconds for run in stages), 3),
    }


def _quality(run: ToolRun, said: str, fixes: Sequence[str]) -> dict[str, Any]:
    """The tool's own output is not kept: `stdout` says what was read out of it."""
    return {
        "passed": run.outcome == Outcome.OK and not run.findings,
        "stdout": said,
        "stderr": one_line(run.error or ""),
        "fixes": list(fixes),
    }


def _issue(finding: Finding) -> str:
    rule = f"{visible(finding.tool)} {visible(finding.rule)}"
    return f"{place(finding)}: {one_line(finding.message)} ({rule})"
