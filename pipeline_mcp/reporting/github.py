"""The report as workflow commands, which GitHub shows at the lines of a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline_mcp.domain.finding import SEVERITY_ORDER, Finding, Severity
from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.reporting.sanitise import visible, visible_lines
from pipeline_mcp.reporting.verdict import failed_tools, tool_trouble, verdict

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_LINE_ENDS = re.compile(r"([\r\n])")


def github_report(report: Report) -> str:
    """One command a line: new findings, worst first, then the tools that failed, then the verdict.

    Known findings are left out: GitHub shows only the first few annotations of a step.
    """
    return "".join(f"{command}\n" for command in _commands(report))


def _commands(report: Report) -> Iterator[str]:
    worst_first = sorted(report.new_findings, key=lambda one: SEVERITY_ORDER[one.severity])
    for finding in worst_first:
        yield _annotation(finding)
    for run in failed_tools(report):
        yield _command("error", {"title": visible(run.tool)}, tool_trouble(run))
    for notice in report.notices:
        yield _command("notice", {"title": "pipeline-mcp"}, notice)
    ended = "notice" if report.status is SessionStatus.PASSED else "error"
    yield _command(ended, {"title": "pipeline-mcp"}, verdict(report))


def _annotation(finding: Finding) -> str:
    properties = {"file": _path(finding.path)} if finding.path else {}
    if finding.line:
        properties |= {"line": str(finding.line)}
        properties |= _span(finding)
    properties["title"] = visible(f"{finding.tool} {finding.rule}")
    return _command(_COMMANDS[finding.severity], properties, finding.message)


def _span(finding: Finding) -> dict[str, str]:
    """GitHub takes columns only of a span within one line; its end column is inclusive."""
    if finding.end_line > finding.line:
        return {"endLine": str(finding.end_line)}
    if not finding.column:
        return {}
    span = {"col": str(finding.column)}
    if finding.end_line == finding.line and finding.end_column > finding.column:
        span["endColumn"] = str(finding.end_column - 1)
    return span


def _path(path: str) -> str:
    """The exact path where it does no harm to a log; the command escapes its line ends."""
    parts = _LINE_ENDS.split(path)
    return "".join(part if part in ("\r", "\n") else visible(part) for part in parts)


def _command(name: str, properties: dict[str, str], message: str) -> str:
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    said = _data("\n".join(visible_lines(message)))
    return f"::{name} {listed}::{said}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
