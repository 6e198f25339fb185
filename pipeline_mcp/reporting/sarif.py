"""The report as SARIF 2.1.0: one run per tool, and one for the pipeline itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from pipeline_mcp import __version__
from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.domain.report import Report, ToolRun
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.domain.suppression import SUPPRESSED
from pipeline_mcp.domain.unit import INCOMPLETE_OUTCOMES, Outcome
from pipeline_mcp.reporting.document import timestamp
from pipeline_mcp.reporting.json_format import json_text
from pipeline_mcp.reporting.sarif_places import artifact, fix, location, roots
from pipeline_mcp.reporting.verdict import tool_trouble, verdict
from pipeline_mcp.tools.registry import TOOLS

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_FINISHED = frozenset({SessionStatus.PASSED, SessionStatus.FAILED})


def sarif_report(report: Report) -> str:
    """A SARIF log; `sarif_document` as text."""
    return json_text(sarif_document(report))


def sarif_document(report: Report) -> dict[str, Any]:
    """A SARIF log, JSON-ready.

    A tool that did not finish has a run whose invocation was not successful; what concerns no
    tool (skipped files, notices, a session that broke off) is said in the run of the pipeline.
    """
    by_tool: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        by_tool[finding.tool].append(finding)
    runs = [_run(report, run, by_tool[run.tool]) for run in report.tools]
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [*runs, _own_run(report)]}


def _run(report: Report, run: ToolRun, findings: Sequence[Finding]) -> dict[str, Any]:
    rules = {rule: index for index, rule in enumerate(sorted({one.rule for one in findings}))}
    driver: dict[str, Any] = {"name": run.tool, "version": run.version}
    if run.tool in TOOLS and TOOLS[run.tool].url:
        driver["informationUri"] = TOOLS[run.tool].url
    driver["rules"] = [{"id": rule} for rule in rules]
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"pipeline-mcp/{run.tool}/{report.session_id}"},
        "invocations": [_invocation(run)],
        "originalUriBaseIds": roots(report.workspace),
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, rules[finding.rule]) for finding in findings],
    }


def _invocation(run: ToolRun) -> dict[str, Any]:
    failed = run.outcome in INCOMPLETE_OUTCOMES or run.outcome not in set(Outcome)
    said: list[dict[str, Any]] = []
    if run.outcome != Outcome.OK:
        said.append(_notification(tool_trouble(run), "error" if failed else "note"))
    return {"executionSuccessful": not failed, "toolExecutionNotifications": said}


def _result(finding: Finding, rule_index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [location(finding)] if finding.path else [],
        "baselineState": "new" if finding.is_new else "unchanged",
        "properties": {"fixable": finding.fixable},
    }
    if finding.fingerprint:
        result["partialFingerprints"] = {"pipelineMcp/v1": finding.fingerprint}
    if finding.known_by.startswith(SUPPRESSED):
        reason = finding.known_by.removeprefix(SUPPRESSED)
        result["suppressions"] = [{"kind": "external", "justification": reason}]
    if finding.edits:
        result["fixes"] = [fix(finding)]
    return result


def _own_run(report: Report) -> dict[str, Any]:
    """What the pipeline itself has to say; it has no results of its own."""
    said = [_notification(notice, "note") for notice in report.notices]
    for skipped in report.skipped_files:
        notification = _notification(f"skipped: {skipped.reason}", "note")
        notification["locations"] = [{"physicalLocation": artifact(skipped.path)}]
        said.append(notification)
    finished = report.status in _FINISHED
    if not finished:
        said.append(_notification(verdict(report), "error"))
    ended = timestamp(report.created_at + report.duration_seconds)
    return {
        "tool": {"driver": {"name": "pipeline-mcp", "version": __version__, "rules": []}},
        "automationDetails": {"id": f"pipeline-mcp/pipeline/{report.session_id}"},
        "invocations": [
            {
                "executionSuccessful": finished,
                "startTimeUtc": timestamp(report.created_at),
                "endTimeUtc": ended,
                "toolExecutionNotifications": said,
            }
        ],
        "originalUriBaseIds": roots(report.workspace),
        "columnKind": "unicodeCodePoints",
        "results": [],
    }


def _notification(text: str, level: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": text}}
