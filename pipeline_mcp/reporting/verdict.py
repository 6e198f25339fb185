"""The one sentence that says how a session ended; an incomplete one never says passed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.domain.report import Report, ToolRun
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.reporting.sanitise import one_line, visible
from pipeline_mcp.reporting.wording import count

_FINISHED = frozenset({Outcome.OK, Outcome.SKIPPED})
_ENDINGS: dict[str, str] = {
    Outcome.TIMEOUT: "timed out",
    Outcome.TOOL_ERROR: "failed",
    Outcome.SKIPPED: "was skipped",
}
_NOUNS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_NAMED_TOOLS = 3


def verdict(report: Report) -> str:
    """`passed: …`, `failed: …`, `incomplete: …` or `cancelled: …`, on one line.

    Of a session that fixes it is about the tree with its patch, and says so.
    """
    is_patched = report.fixes and report.fixes.patch and not report.error
    patched = "with the patch, " if is_patched else ""
    return f"{report.status}: {patched}{_reason(report)}"


def counts_by_severity(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings of each severity, worst first, zeros included."""
    counted = Counter(finding.severity for finding in findings)
    return {severity.value: counted[severity] for severity in Severity}


def failed_tools(report: Report) -> list[ToolRun]:
    """The tools that did not say all they had to."""
    return [run for run in report.tools if run.outcome not in _FINISHED]


def tool_trouble(run: ToolRun) -> str:
    """`mypy timed out: it was stopped after 600 s`: what went wrong with a tool, on one line."""
    said = f"{visible(run.tool)} {_ENDINGS.get(run.outcome, 'did not end')}"
    return f"{said}: {one_line(run.error)}" if run.error else said


def _reason(report: Report) -> str:
    match report.status:
        case SessionStatus.PASSED:
            return _passed(report)
        case SessionStatus.FAILED:
            return _failed(report)
        case SessionStatus.INCOMPLETE:
            return "; ".join([*_troubles(report), *_so_far(report)])
        case SessionStatus.CANCELLED:
            return "; ".join(["the session was ended before its time", *_so_far(report)])
        case _:
            return "; ".join(["the session has not ended yet", *_so_far(report)])


def _passed(report: Report) -> str:
    files = count(report.files, "file")
    if not report.findings:
        return f"no findings in {files}"
    new = len(report.new_findings)
    if not new:
        return f"no new findings in {files}, {len(report.findings):,} known"
    return f"{count(new, 'new finding')} in {files}, none that fails the gate"


def _failed(report: Report) -> str:
    deciding = [one for one in report.new_findings if one.severity in report.fail_on]
    counted = Counter(finding.severity for finding in deciding)
    parts = [count(counted[one], noun) for one, noun in _NOUNS.items() if counted[one]]
    said = f"{count(len(deciding), 'new finding')} ({', '.join(parts)})"
    others = len(report.new_findings) - len(deciding)
    return f"{said}, {others:,} more below the gate" if others else said


def _troubles(report: Report) -> list[str]:
    if report.error:
        return [one_line(report.error)]
    broken = failed_tools(report)
    said = [tool_trouble(run) for run in broken[:_NAMED_TOOLS]]
    if len(broken) > _NAMED_TOOLS:
        said.append(f"{count(len(broken) - _NAMED_TOOLS, 'more tool')} did not finish")
    return said or ["not everything was looked at"]


def _so_far(report: Report) -> list[str]:
    new = len(report.new_findings)
    return [f"{count(new, 'new finding')} so far"] if new else []
