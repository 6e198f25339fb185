from __future__ import annotations

from fixtures.reports import (
    hostile_report,
    incomplete_report,
    long_report,
    make_finding,
    make_report,
)

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.reporting.github import github_report


def _annotation(finding: Finding) -> str:
    return github_report(make_report(findings=[finding])).splitlines()[0]


def test_a_finding_is_an_annotation_at_its_place() -> None:
    assert _annotation(make_finding()) == (
        "::error file=pkg/a.py,line=1,col=8,endColumn=9,title=ruff F401::`os` imported but unused"
    )


def test_severities_have_their_commands() -> None:
    assert _annotation(make_finding(severity=Severity.WARNING)).startswith("::warning ")
    assert _annotation(make_finding(severity=Severity.INFO)).startswith("::notice ")


def test_properties_and_messages_are_escaped() -> None:
    finding = make_finding("a,b:c\n50%.py", message="50% of\nlines, :ok")
    assert _annotation(finding) == (
        "::error file=a%2Cb%3Ac%0A50%25.py,line=1,col=8,endColumn=9,title=ruff F401"
        "::50%25 of%0Alines, :ok"
    )


def test_a_message_cannot_smuggle_in_a_command() -> None:
    report = make_report(findings=[make_finding(message="x\n::set-env name=A::b")])
    commands = github_report(report).splitlines()
    assert not any(command.startswith("::set-env") for command in commands)
    for command in github_report(hostile_report()).split("\n")[:-1]:
        assert command.startswith(("::error ", "::notice "))


def test_a_span_over_lines_has_no_columns() -> None:
    place = "file=pkg/a.py,line=1,endLine=4,title"
    assert place in _annotation(make_finding(end_line=4, end_column=2))


def test_a_finding_about_the_whole_program_has_no_file() -> None:
    assert _annotation(make_finding("", 0)).startswith("::error title=ruff F401::")


def test_new_findings_come_worst_first_and_known_ones_are_left_out() -> None:
    report = make_report(
        findings=[
            make_finding(line=1, severity=Severity.INFO),
            make_finding(line=2, severity=Severity.ERROR),
            make_finding(line=3, is_new=False),
        ]
    )
    first, second, verdict = github_report(report).splitlines()
    assert "line=2" in first
    assert "line=1" in second
    assert (
        verdict
        == "::error title=pipeline-mcp::failed: 1 new finding (1 error), 1 more below the gate"
    )


def test_tools_that_failed_and_the_verdict_are_said() -> None:
    *_, tool, verdict = github_report(incomplete_report()).splitlines()
    assert tool == "::error title=mypy::mypy timed out: it was stopped after 600 s"
    assert verdict.startswith("::error title=pipeline-mcp::incomplete: mypy timed out")


def test_a_passed_session_is_a_notice() -> None:
    report = make_report(SessionStatus.PASSED)
    assert github_report(report) == (
        "::notice title=pipeline-mcp::passed: no findings in 10 files\n"
    )


def test_all_new_findings_are_there() -> None:
    assert len(github_report(long_report()).splitlines()) == 9_000 + 1
