from __future__ import annotations

from xml.etree import ElementTree as ET

from fixtures.reports import (
    hostile_report,
    incomplete_report,
    long_report,
    make_finding,
    make_report,
    make_run,
)

from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.reporting.junit import junit_report


def _parsed(report: Report) -> ET.Element:
    return ET.fromstring(junit_report(report).encode())


def _suite(root: ET.Element, name: str) -> ET.Element:
    suite = root.find(f"testsuite[@name='{name}']")
    assert suite is not None
    return suite


def test_findings_that_fail_the_gate_are_failures() -> None:
    root = _parsed(make_report(findings=[make_finding(), make_finding(line=2)]))
    suite = _suite(root, "ruff")
    assert (suite.get("tests"), suite.get("failures")) == ("2", "2")
    case = suite.find("testcase")
    assert case is not None
    assert case.get("file") == "pkg/a.py"
    failure = case.find("failure")
    assert failure is not None
    assert failure.text == "pkg/a.py:1:8: `os` imported but unused (ruff F401)"


def test_findings_that_do_not_count_are_skipped() -> None:
    findings = [
        make_finding(severity=Severity.INFO),
        make_finding(line=2, is_new=False),
    ]
    suite = _suite(_parsed(make_report(SessionStatus.PASSED, findings)), "ruff")
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "2")


def test_the_gate_decides_what_counts() -> None:
    report = make_report(findings=[make_finding(severity=Severity.INFO)], fail_on=(Severity.INFO,))
    assert _parsed(report).get("failures") == "1"


def test_a_tool_without_findings_is_a_test_that_passed() -> None:
    suite = _suite(_parsed(make_report(SessionStatus.PASSED, tools=[make_run("mypy")])), "mypy")
    (case,) = suite
    assert (case.get("name"), len(case)) == ("mypy", 0)


def test_a_tool_that_failed_is_an_error_and_one_that_could_not_work_is_skipped() -> None:
    root = _parsed(incomplete_report())
    error = _suite(root, "mypy").find("testcase/error")
    assert error is not None
    assert error.get("message") == "mypy timed out: it was stopped after 600 s"
    assert _suite(root, "pip-audit").find("testcase/skipped") is not None
    assert _suite(root, "pipeline-mcp").find("testcase/error") is not None
    assert root.get("errors") == "2"


def test_a_session_without_tools_that_broke_off_is_an_error() -> None:
    root = _parsed(make_report(SessionStatus.INCOMPLETE, error="no snapshot"))
    assert (root.get("tests"), root.get("errors")) == ("1", "1")


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    root = _parsed(hostile_report())
    messages = [each.get("message", "") for each in root.iter("failure")]
    assert messages == ["a[31mred\u202egnp.exe\u200b\x9b2J\r\nb\tc"]


def test_all_findings_are_there() -> None:
    assert _parsed(long_report()).get("tests") == "10000"
