from __future__ import annotations

import pytest
from fixtures.reports import (
    hostile_report,
    incomplete_report,
    make_finding,
    make_report,
    make_run,
)

from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.reporting.formats import FORMATS
from pipeline_mcp.reporting.verdict import verdict


def test_passed_without_findings() -> None:
    assert verdict(make_report(SessionStatus.PASSED)) == "passed: no findings in 10 files"


def test_passed_with_known_findings_only() -> None:
    report = make_report(SessionStatus.PASSED, [make_finding(is_new=False)])
    assert verdict(report) == "passed: no new findings in 10 files, 1 known"


def test_passed_with_findings_below_the_gate() -> None:
    report = make_report(SessionStatus.PASSED, [make_finding(severity=Severity.INFO)], files=1)
    assert verdict(report) == "passed: 1 new finding in 1 file, none that fails the gate"


def test_failed_counts_what_fails_the_gate_and_nothing_else() -> None:
    report = make_report(
        SessionStatus.FAILED,
        [
            make_finding(line=1),
            make_finding(line=2, severity=Severity.WARNING),
            make_finding(line=3, severity=Severity.WARNING),
            make_finding(line=4, severity=Severity.INFO),
            make_finding(line=5, is_new=False),
        ],
    )
    assert verdict(report) == "failed: 3 new findings (1 error, 2 warnings), 1 more below the gate"


def test_failed_by_notes_where_the_gate_says_so() -> None:
    report = make_report(
        SessionStatus.FAILED,
        [make_finding(severity=Severity.INFO)],
        fail_on=(Severity.INFO,),
    )
    assert verdict(report) == "failed: 1 new finding (1 note)"


def test_incomplete_names_the_tool_and_the_reason() -> None:
    expected = "incomplete: mypy timed out: it was stopped after 600 s; 1 new finding so far"
    assert verdict(incomplete_report()) == expected


def test_incomplete_names_a_few_of_many_tools() -> None:
    runs = [make_run(f"tool{number}", Outcome.TOOL_ERROR, error="no") for number in range(5)]
    report = make_report(SessionStatus.INCOMPLETE, tools=runs)
    assert verdict(report).endswith("tool2 failed: no; 2 more tools did not finish")


def test_a_session_that_broke_off_says_why() -> None:
    report = make_report(SessionStatus.INCOMPLETE, error="the snapshot failed:\ndisk full")
    assert verdict(report) == "incomplete: the snapshot failed: disk full"


def test_a_tool_that_never_ended_is_named() -> None:
    report = make_report(SessionStatus.CANCELLED, tools=[make_run("mypy", "unfinished")])
    assert verdict(report) == "cancelled: the session was ended before its time"
    incomplete = make_report(SessionStatus.INCOMPLETE, tools=[make_run("mypy", "unfinished")])
    assert verdict(incomplete) == "incomplete: mypy did not end"


def test_the_verdict_is_one_line_whatever_a_tool_printed() -> None:
    report = hostile_report()
    assert len(verdict(report).splitlines()) == 1


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "status", [SessionStatus.INCOMPLETE, SessionStatus.CANCELLED, SessionStatus.RUNNING]
)
def test_only_a_passed_session_says_passed(form: str, status: SessionStatus) -> None:
    report = make_report(status, tools=[make_run("ruff"), make_run("mypy", "unfinished")])
    assert "passed" not in FORMATS[form](report)
    assert "✅" not in FORMATS[form](report)
