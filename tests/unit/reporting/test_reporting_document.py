from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fixtures.reports import (
    SESSION_ID,
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
from pipeline_mcp.domain.snapshot import SkippedFile
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.reporting.document import report_document
from pipeline_mcp.reporting.json_format import json_report
from pipeline_mcp.reporting.priorities import recommendations

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs" / "report.schema.json").read_text(encoding="utf-8")
)
REPORTS = {
    "empty": make_report(SessionStatus.PASSED, files=0, units=0, duration_seconds=0.0),
    "broken off": make_report(SessionStatus.INCOMPLETE, snapshot=None, error="no snapshot"),
    "incomplete": incomplete_report(),
    "cancelled": make_report(SessionStatus.CANCELLED, tools=[make_run("mypy", "unfinished")]),
    "hostile": hostile_report(),
    "skipped": make_report(skipped_files=(SkippedFile("big.bin", "larger than 10 MiB"),)),
    "long": long_report(),
}


def test_the_published_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", REPORTS)
def test_reports_fit_the_published_schema(name: str) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(json_report(REPORTS[name])))


def test_the_schema_refuses_a_report_that_lacks_a_key() -> None:
    document = report_document(REPORTS["incomplete"])
    del document["summary"]["new_findings"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(document)


def test_the_summary_counts() -> None:
    report = make_report(
        findings=[
            make_finding(line=1),
            make_finding(line=2, severity=Severity.INFO, is_new=False),
            make_finding(line=3, tool="mypy", severity=Severity.WARNING),
        ],
        tools=[make_run("bandit")],
    )
    summary = report_document(report)["summary"]
    assert summary["findings"] == 3
    assert summary["new_findings"] == 2
    assert summary["by_tool"] == {"bandit": 0, "mypy": 1, "ruff": 2}
    assert summary["by_severity"] == {"error": 1, "warning": 1, "info": 1}
    assert summary["total_issues"] == summary["remaining_issues"] == 3
    assert summary["success_rate"] == 0.0


def test_nothing_to_fix_is_a_full_success() -> None:
    assert report_document(REPORTS["empty"])["summary"]["success_rate"] == 100.0


def test_a_finding_has_the_keys_of_the_contract_and_no_others() -> None:
    (finding,) = report_document(make_report(findings=[make_finding(fixable=True)]))["findings"]
    assert finding == {
        "tool": "ruff",
        "rule": "F401",
        "severity": "error",
        "message": "`os` imported but unused",
        "path": "pkg/a.py",
        "line": 1,
        "column": 8,
        "end_line": 1,
        "end_column": 10,
        "fingerprint": "0123456789abcdef0123456789abcdef",
        "fixable": True,
        "is_new": True,
    }


def test_times_are_utc_and_rates_are_numbers_without_a_duration() -> None:
    document = report_document(make_report(findings=[make_finding()], duration_seconds=0.0))
    assert document["timestamp"] == "2026-09-21T14:13:20.250Z"
    assert document["performance"]["issues_per_second"] == 0.0


def test_the_same_report_is_the_same_text_and_valid_utf8() -> None:
    text = json_report(REPORTS["hostile"])
    assert text == json_report(REPORTS["hostile"])
    assert json.loads(text.encode()) == report_document(REPORTS["hostile"])
    assert "\x1b" not in text, "JSON escapes control characters"


def test_letters_are_not_escaped() -> None:
    assert "größe.py" in json_report(make_report(findings=[make_finding("größe.py")]))


def test_a_number_that_json_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="nan"):
        json_report(make_report(duration_seconds=float("nan")))


def test_priorities_put_security_first_and_quality_last() -> None:
    report = make_report(
        findings=[
            *(make_finding(line=line, rule="E501") for line in range(1, 9)),
            make_finding(line=9, rule="S105", severity=Severity.WARNING),
            make_finding(line=10, tool="mypy", rule="arg-type"),
        ]
    )
    fixes: list[dict[str, Any]] = report_document(report)["priority_fixes"]
    assert [(fix["priority"], fix["category"]) for fix in fixes] == [
        (1, "security"),
        (4, "quality"),
        (4, "quality"),
    ]
    assert fixes[0]["fix"].startswith("ruff S105: 1 finding in 1 file, first at pkg/a.py:9:8: ")
    assert fixes[1]["fix"].startswith("ruff E501: 8 findings in 1 file")


@pytest.mark.parametrize(
    ("tool", "priority", "category"),
    [
        ("bandit", 1, "security"),
        ("pip-audit", 1, "security"),
        ("duplicates", 2, "duplicates"),
        ("imports", 3, "connections"),
        ("mypy", 4, "quality"),
        ("somebody's own", 4, "quality"),
    ],
)
def test_a_tool_has_its_category(tool: str, priority: int, category: str) -> None:
    (fix,) = report_document(make_report(findings=[make_finding(tool=tool)]))["priority_fixes"]
    assert (fix["priority"], fix["category"]) == (priority, category)


def test_known_findings_are_no_priority() -> None:
    report = make_report(findings=[make_finding(is_new=False)])
    assert report_document(report)["priority_fixes"] == []


def test_recommendations_say_what_the_facts_say() -> None:
    report = make_report(
        SessionStatus.INCOMPLETE,
        [
            *(make_finding("b.py", line, rule="E501", fixable=True) for line in range(1, 7)),
            make_finding("c.py", rule="S105"),
        ],
        [make_run("mypy", Outcome.TIMEOUT, error="it was stopped after 600 s")],
    )
    assert recommendations(report) == [
        "mypy timed out: it was stopped after 600 s. Its findings are missing; "
        "see to it and run again.",
        "Look at 1 security finding first (ruff 1).",
        "ruff can fix 6 of 7 new findings safely.",
        "One rule, ruff E501, makes 6 of 7 new findings.",
        "b.py alone has 6 of 7 new findings.",
    ]


@pytest.mark.parametrize("report", [REPORTS["empty"], REPORTS["skipped"]])
def test_nothing_is_recommended_where_nothing_is_to_be_done(report: Report) -> None:
    assert recommendations(report) == []


def test_the_session_is_named() -> None:
    assert report_document(REPORTS["empty"])["session_id"] == SESSION_ID
