"""The report as JUnit XML: one suite per tool, one case per finding."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.report import Report, ToolRun
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.reporting.document import timestamp
from pipeline_mcp.reporting.verdict import tool_trouble, verdict
from pipeline_mcp.reporting.wording import place

# All that XML 1.0 cannot hold, not even escaped.
_INVALID = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FINISHED = frozenset({SessionStatus.PASSED, SessionStatus.FAILED})


def junit_report(report: Report) -> str:
    """A document whose failures are the findings that fail the gate.

    A tool that did not finish is an error, a tool or finding that does not count is skipped.
    """
    by_tool: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        by_tool[finding.tool].append(finding)
    root = ET.Element("testsuites", name="pipeline-mcp", time=f"{report.duration_seconds:.3f}")
    for run in report.tools:
        root.append(_suite(report, run, by_tool[run.tool]))
    if report.status not in _FINISHED:
        root.append(_broken_session(report))
    for total in ("tests", "failures", "errors", "skipped"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in root)))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(report: Report, run: ToolRun, findings: Sequence[Finding]) -> ET.Element:
    suite = ET.Element(
        "testsuite",
        name=_valid(run.tool),
        timestamp=timestamp(report.created_at).removesuffix("Z"),
        time=f"{run.wall_seconds:.3f}",
    )
    for finding in findings:
        suite.append(_finding_case(report, finding))
    if run.outcome != Outcome.OK or not findings:
        suite.append(_tool_case(run))
    _count(suite)
    return suite


def _finding_case(report: Report, finding: Finding) -> ET.Element:
    where = place(finding)
    case = _case(name=f"{finding.rule} at {where}", classname=f"{finding.tool}.{finding.rule}")
    if finding.path:
        case.set("file", _valid(finding.path))
    if finding.line:
        case.set("line", str(finding.line))
    message = _valid(finding.message)
    if finding.is_new and finding.severity in report.fail_on:
        failure = ET.SubElement(case, "failure", type=finding.severity.value, message=message)
        failure.text = _valid(f"{where}: {finding.message} ({finding.tool} {finding.rule})")
    else:
        why = finding.severity.value if finding.is_new else "known"
        ET.SubElement(case, "skipped", message=f"{why}: {message}")
    return case


def _tool_case(run: ToolRun) -> ET.Element:
    """The tool's own case: passed where it ran and found nothing."""
    case = _case(name=run.tool, classname=run.tool)
    if run.outcome == Outcome.SKIPPED:
        ET.SubElement(case, "skipped", message=_valid(tool_trouble(run)))
    elif run.outcome != Outcome.OK:
        ET.SubElement(case, "error", type=run.outcome, message=_valid(tool_trouble(run)))
    return case


def _broken_session(report: Report) -> ET.Element:
    suite = ET.Element("testsuite", name="pipeline-mcp", time="0.000")
    case = _case(name=report.session_id, classname="pipeline-mcp")
    ET.SubElement(case, "error", type=report.status.value, message=_valid(verdict(report)))
    suite.append(case)
    _count(suite)
    return suite


def _case(*, name: str, classname: str) -> ET.Element:
    return ET.Element("testcase", name=_valid(name), classname=_valid(classname))


def _count(suite: ET.Element) -> None:
    suite.set("tests", str(len(suite)))
    for total, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(total, str(len(suite.findall(f"testcase/{tag}"))))


def _valid(text: str) -> str:
    return _INVALID.sub("", text)
