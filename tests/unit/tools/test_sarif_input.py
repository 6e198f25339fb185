"""SARIF of any tool becomes findings: places, levels, messages, and what does not count."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.contract import Job
from pipeline_mcp.tools.sarif_input import read_sarif


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path, ("a.py",), tmp_path / "scratch")


def _log(*results: dict[str, Any], **run: Any) -> str:
    driver = {"name": "t", "rules": run.pop("rules", [])}
    whole = {"tool": {"driver": driver}, "results": list(results), **run}
    return json.dumps({"version": "2.1.0", "runs": [whole]})


def _result(uri: str = "a.py", region: dict[str, int] | None = None, **more: Any) -> dict[str, Any]:
    location = {"artifactLocation": {"uri": uri}, "region": region or {"startLine": 1}}
    return {
        "ruleId": "R1",
        "message": {"text": "m"},
        "locations": [{"physicalLocation": location}],
        **more,
    }


def _one(text: str, job: Job) -> Finding:
    (finding,) = read_sarif(text, job, tool="t")
    return finding


def test_a_result_becomes_a_finding(job: Job) -> None:
    region = {"startLine": 3, "startColumn": 5, "endLine": 4, "endColumn": 2}
    finding = _one(_log(_result("src/a.py", region, level="error")), job)
    assert finding == Finding("t", "R1", Severity.ERROR, "m", "src/a.py", 3, 5, 4, 2)


def test_a_region_of_a_line_alone_begins_at_its_start(job: Job) -> None:
    finding = _one(_log(_result(region={"startLine": 3})), job)
    assert (finding.line, finding.column, finding.end_line, finding.end_column) == (3, 1, 3, 0)


@pytest.mark.parametrize(
    ("level", "severity"),
    [("error", Severity.ERROR), ("warning", Severity.WARNING), ("note", Severity.INFO)],
)
def test_levels(job: Job, level: str, severity: Severity) -> None:
    assert _one(_log(_result(level=level)), job).severity is severity


def test_the_level_of_the_rule_counts_where_the_result_has_none(job: Job) -> None:
    rules = [{"id": "R1", "defaultConfiguration": {"level": "note"}}]
    assert _one(_log(_result(), rules=rules), job).severity is Severity.INFO
    assert _one(_log(_result()), job).severity is Severity.WARNING
    assert _one(_log(_result(kind="review")), job).severity is Severity.INFO


def test_the_rule_is_found_by_its_position_too(job: Job) -> None:
    result = _result(ruleIndex=1)
    del result["ruleId"]
    rules = [{"id": "R0"}, {"id": "R1", "defaultConfiguration": {"level": "error"}}]
    finding = _one(_log(result, rules=rules), job)
    assert (finding.rule, finding.severity) == ("R1", Severity.ERROR)


def test_a_rule_of_an_extension(job: Job) -> None:
    result = _result(rule={"index": 0, "toolComponent": {"index": 0}})
    del result["ruleId"]
    tool = {"driver": {"name": "t"}, "extensions": [{"name": "e", "rules": [{"id": "E7"}]}]}
    text = json.dumps({"version": "2.1.0", "runs": [{"tool": tool, "results": [result]}]})
    assert _one(text, job).rule == "E7"


@pytest.mark.parametrize(
    "uri",
    ["src/a%20b.py", "./src/a%20b.py", "file://{root}/src/a%20b.py", "{root}/src/a%20b.py"],
)
def test_uris_become_paths(job: Job, uri: str) -> None:
    assert _one(_log(_result(uri.format(root=job.root))), job).path == "src/a b.py"


def test_uris_stand_on_bases(job: Job) -> None:
    bases = {
        "ROOT": {"uri": f"file://{job.root}/"},
        "SRC": {"uri": "src/", "uriBaseId": "ROOT"},
        "UNSAID": {},
    }
    for base, path in {"ROOT": "a.py", "SRC": "src/a.py", "UNSAID": "a.py", "NONE": "a.py"}.items():
        result = _result()
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] = base
        assert _one(_log(result, originalUriBaseIds=bases), job).path == path


def test_bases_in_a_circle_are_refused(job: Job) -> None:
    bases = {"A": {"uri": "a/", "uriBaseId": "B"}, "B": {"uri": "b/", "uriBaseId": "A"}}
    result = _result()
    result["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] = "A"
    with pytest.raises(ToolOutputError, match="circle"):
        _one(_log(result, originalUriBaseIds=bases), job)


def test_an_artifact_is_found_by_its_position(job: Job) -> None:
    result = _result()
    result["locations"][0]["physicalLocation"]["artifactLocation"] = {"index": 1}
    artifacts = [{"location": {"uri": "b.py"}}, {"location": {"uri": "c.py"}}]
    assert _one(_log(result, artifacts=artifacts), job).path == "c.py"


def test_a_result_without_a_place_speaks_of_the_program(job: Job) -> None:
    finding = _one(_log({"ruleId": "R1", "message": {"text": "m"}}), job)
    assert (finding.path, finding.line) == ("", 0)


@pytest.mark.parametrize("uri", ["file:///etc/passwd", "../../etc/passwd", "https://x/a.py"])
def test_a_place_outside_the_tree_is_refused(job: Job, uri: str) -> None:
    with pytest.raises(ToolOutputError):
        _one(_log(_result(uri)), job)


def test_messages_are_looked_up_and_filled_in(job: Job) -> None:
    rules = [{"id": "R1", "messageStrings": {"default": {"text": "{0} is {{not}} {1}"}}}]
    message = {"id": "default", "arguments": ["x", "{0}"]}
    assert _one(_log(_result(message=message), rules=rules), job).message == "x is {not} {0}"


@pytest.mark.parametrize(
    "more",
    [
        {"kind": "pass"},
        {"kind": "notApplicable"},
        {"baselineState": "absent"},
        {"suppressions": [{"kind": "inSource"}]},
    ],
)
def test_what_does_not_count(job: Job, more: dict[str, Any]) -> None:
    assert list(read_sarif(_log(_result(**more)), job, tool="t")) == []


def test_a_rejected_suppression_suppresses_nothing(job: Job) -> None:
    result = _result(suppressions=[{"kind": "external", "status": "rejected"}])
    assert _one(_log(result), job).rule == "R1"


def test_columns_in_utf16_units_become_characters(job: Job) -> None:
    (job.root / "a.py").write_text("x = '😀😀' + y\n")
    region = {"startLine": 1, "startColumn": 6, "endColumn": 10}
    finding = _one(_log(_result(region=region), columnKind="utf16CodeUnits"), job)
    assert (finding.column, finding.end_column) == (6, 8)


def test_a_run_without_results_found_nothing(job: Job) -> None:
    text = '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": null}]}'
    assert list(read_sarif(text, job, tool="t")) == []


def test_a_tool_that_did_not_finish_is_believed(job: Job) -> None:
    invocation = {
        "executionSuccessful": False,
        "toolExecutionNotifications": [{"message": {"text": "out of memory"}}],
    }
    with pytest.raises(ToolOutputError, match="out of memory"):
        _one(_log(_result(), invocations=[invocation]), job)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "oops",
        "[]",
        '"x"',
        "{}",
        '{"version": "2.0.0", "runs": []}',
        '{"version": "2.1.0"}',
        '{"version": "2.1.0", "runs": [1]}',
        _log({"ruleId": "R1"}),
        _log(_result(ruleIndex=7)),
        _log({"ruleId": "R1", "message": {"id": "nowhere"}}),
        "[" * 100_000,
    ],
)
def test_anything_else_is_the_tools_error(job: Job, text: str) -> None:
    with pytest.raises(ToolOutputError):
        list(read_sarif(text, job, tool="t"))
