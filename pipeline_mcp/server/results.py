"""What a tool call says of a session, sized for a context window."""

from __future__ import annotations

from typing import Any

from pipeline_mcp.domain.finding import SEVERITY_ORDER, Finding
from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import Progress
from pipeline_mcp.reporting.document import report_document
from pipeline_mcp.reporting.sanitise import visible

_LONGEST_MESSAGE = 500
# With a message each, so many findings take about 4,000 tokens.
MOST_FINDINGS = 50


def report_results(report: Report, *, current_stage: str) -> dict[str, Any]:
    """The report's document with the worst findings first, and a word on how to get the rest."""
    document = report_document(report)
    worst = sorted(report.findings, key=_worst_first)[:MOST_FINDINGS]
    document["findings"] = [_finding_results(finding) for finding in worst]
    document["current_stage"] = current_stage
    document["findings_omitted"] = len(report.findings) - len(worst)
    if document["findings_omitted"]:
        document["notices"].append(
            f"The worst {len(worst)} of {len(report.findings)} findings are shown; all of them: "
            f"pipeline-mcp findings {report.session_id} --format json"
        )
    return document


def progress_results(progress: Progress) -> dict[str, Any]:
    """Where an unfinished session stands, and how to ask again."""
    session = progress.session
    return {
        "session_id": session.session_id,
        "status": session.status.value,
        "current_stage": session.stage.value,
        "queue_position": session.queue_position,
        "workspace": session.workspace,
        "units": {"done": session.units.done, "total": session.units.total},
        "next_step": f"Call pipeline_status with session_id={session.session_id}.",
    }


def _worst_first(finding: Finding) -> tuple[Any, ...]:
    return (not finding.is_new, SEVERITY_ORDER[finding.severity], *finding.order)


def _finding_results(finding: Finding) -> dict[str, Any]:
    """Text of the repository with its control characters made visible, and capped."""
    return {
        "tool": finding.tool,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": visible(finding.message)[:_LONGEST_MESSAGE],
        "path": visible(finding.path),
        "line": finding.line,
        "column": finding.column,
        "fingerprint": finding.fingerprint,
        "fixable": finding.fixable,
        "is_new": finding.is_new,
    }
