from __future__ import annotations

import json
from typing import Any

from fixtures.reports import incomplete_report, make_finding, make_report

from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.reporting.codequality import codequality_report


def _issues(report: Report) -> list[dict[str, Any]]:
    document: list[dict[str, Any]] = json.loads(codequality_report(report))
    for issue in document:  # what GitLab requires of each
        assert issue["description"]
        assert issue["check_name"]
        assert issue["fingerprint"]
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["path"]
        assert issue["location"]["lines"]["begin"] >= 1
    assert len({issue["fingerprint"] for issue in document}) == len(document)
    return document


def test_new_findings_are_issues_at_their_lines() -> None:
    findings = [
        make_finding(line=3, end_line=5),
        make_finding(line=9, severity=Severity.INFO, fingerprint="another"),
        make_finding(line=10, is_new=False),
    ]
    first, second = _issues(make_report(findings=findings))
    assert first["location"] == {"path": "pkg/a.py", "lines": {"begin": 3, "end": 5}}
    assert (first["check_name"], first["severity"]) == ("ruff F401", "major")
    assert second["severity"] == "info"


def test_fingerprints_are_kept_and_occur_once() -> None:
    findings = [make_finding(line=line) for line in (1, 2, 3)]
    issues = _issues(make_report(findings=findings))
    assert issues[0]["fingerprint"] == findings[0].fingerprint


def test_a_finding_about_the_whole_program_has_a_place_all_the_same() -> None:
    (issue,) = _issues(make_report(findings=[make_finding(path="", line=0, end_line=0)]))
    assert issue["location"] == {"path": ".", "lines": {"begin": 1}}


def test_nothing_to_say_is_an_empty_array() -> None:
    assert codequality_report(make_report(SessionStatus.PASSED)) == "[]\n"


def test_a_tool_that_failed_does_not_look_like_a_repair() -> None:
    troubles = [each for each in _issues(incomplete_report()) if each["severity"] == "blocker"]
    assert troubles
    assert all(each["check_name"].startswith("incomplete ") for each in troubles)


def test_a_session_that_broke_off_says_so() -> None:
    (issue,) = _issues(make_report(SessionStatus.CANCELLED))
    assert issue["check_name"] == "incomplete session"
