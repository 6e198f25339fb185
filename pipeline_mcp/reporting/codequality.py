"""The report as GitLab's code quality report: what a merge request shows at its lines."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.reporting.json_format import json_text
from pipeline_mcp.reporting.verdict import failed_tools, tool_trouble, verdict

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}
_FINISHED = frozenset({SessionStatus.PASSED, SessionStatus.FAILED})
# GitLab wants a path also where a tool speaks of the whole program.
_EVERYWHERE = "."


def codequality_report(report: Report) -> str:
    """A JSON array of the new findings, and of what makes the session incomplete.

    GitLab compares it with that of the target branch by fingerprints, of which each must occur
    once. Without the troubles a tool that failed would look like a repair of all it had found.
    """
    return json_text([*_findings(report), *_troubles(report)])


def _findings(report: Report) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for finding in report.new_findings:
        known = finding.fingerprint or _digest(*map(str, finding.order))
        seen[known] += 1
        fingerprint = known if seen[known] == 1 else _digest(known, str(seen[known]))
        yield _issue(
            f"{finding.tool} {finding.rule}",
            finding.message,
            fingerprint,
            _SEVERITIES[finding.severity],
            _location(finding),
        )


def _troubles(report: Report) -> Iterator[dict[str, Any]]:
    said = [(run.tool, tool_trouble(run)) for run in failed_tools(report)]
    if report.status not in _FINISHED and not said:
        said = [("session", verdict(report))]
    for name, sentence in said:
        fingerprint = _digest("incomplete", name)
        where = {"path": _EVERYWHERE, "lines": {"begin": 1}}
        yield _issue(f"incomplete {name}", sentence, fingerprint, "blocker", where)


def _issue(
    check_name: str, description: str, fingerprint: str, severity: str, location: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": "issue",
        "check_name": check_name,
        "description": description,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": location,
    }


def _location(finding: Finding) -> dict[str, Any]:
    lines = {"begin": max(finding.line, 1)}
    if finding.end_line > finding.line:
        lines["end"] = finding.end_line
    return {"path": finding.path or _EVERYWHERE, "lines": lines}


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]
