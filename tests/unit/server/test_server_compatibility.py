"""Clients of the older system find its tools, their parameters and defaults, and their keys."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from fixtures.answers import AN_ID, Call, envelope, refusal, store_session
from fixtures.ledger import Network
from fixtures.reports import make_finding

from pipeline_mcp.server.tools import SERVED

# By parameter its type and default: `...` where it must be given, None where it has none. That it
# is false or 0 without being given is not shown.
PARAMETERS: dict[str, dict[str, tuple[str, Any]]] = {
    "version_keeper_scan": {
        "session_id": ("string", None),
        "comprehensive": ("boolean", True),
        "output_format": ("string", "json"),
        "target_files": ("array", None),
    },
    "quality_patcher_fix": {
        "session_id": ("string", ...),
        "lint_report_path": ("string", None),
        "max_fixes": ("integer", 10),
        "auto_apply": ("boolean", True),
        "claude_agent": ("boolean", True),
    },
    "pipeline_run_full": {
        "max_cycles": ("integer", 3),
        "max_fixes_per_cycle": ("integer", 10),
        "target_quality_score": ("number", 95),
        "break_on_no_issues": ("boolean", True),
    },
    "github_workflow_trigger": {
        "workflow_name": ("string", "pipeline-integration.yml"),
        "ref": ("string", "main"),
        "inputs": ("object", None),
        "wait_for_completion": ("boolean", False),
    },
    "pipeline_status": {
        "session_id": ("string", None),
        "include_artifacts": ("boolean", True),
        "include_metrics": ("boolean", True),
    },
    "mcp_compliance_check": {
        "check_tools": ("boolean", True),
        "check_schemas": ("boolean", True),
        "check_error_handling": ("boolean", True),
        "output_format": ("string", "json"),
    },
}
BOUNDS = {
    ("quality_patcher_fix", "max_fixes"): (1, 50),
    ("pipeline_run_full", "max_cycles"): (1, 10),
    ("pipeline_run_full", "max_fixes_per_cycle"): (1, 20),
    ("pipeline_run_full", "target_quality_score"): (None, 100),
}
ENVELOPE = ["tool", "session_id", "status", "execution_time", "results"]
SESSION = {
    "session_id",
    "status",
    "current_stage",
    "created_at",
    "last_updated",
    "metrics",
    "artifacts",
    "error_count",
    "execution_time",
}
METRICS = {
    "total_issues_found",
    "fixes_applied",
    "remaining_issues",
    "execution_time",
    "stages_completed",
}
TOOLS = {tool.name: tool for tool in SERVED}
SCHEMAS = {name: tool.as_sdk_tool().parameters for name, tool in TOOLS.items()}


def actual(name: str, parameter: str) -> Any:
    """What the tool's function takes where the parameter is not given."""
    return inspect.signature(TOOLS[name].function).parameters[parameter].default


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name in SCHEMAS])
def test_a_tool_has_its_parameters_with_their_defaults(name: str) -> None:
    schema = SCHEMAS[name]
    for parameter, (kind, default) in PARAMETERS[name].items():
        node = schema["properties"][parameter]
        assert node["type"] == kind
        assert node.get("default") == (None if default is ... else default or None)
        assert default is ... or default == actual(name, parameter)
        assert (parameter in schema.get("required", ())) is (default is ...)
        low, high = BOUNDS.get((name, parameter), (None, None))
        assert (node.get("minimum"), node.get("maximum")) == (low, high)


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name in SCHEMAS])
def test_nothing_that_was_added_has_to_be_given(name: str) -> None:
    needed = {key for key, (_, default) in PARAMETERS[name].items() if default is ...}
    assert set(SCHEMAS[name].get("required", ())) == needed


def test_a_status_is_the_session_object(call: Call) -> None:
    store_session(make_finding(), make_finding("b.py", is_new=False))
    answer = envelope(call("pipeline_status", session_id=AN_ID))
    assert list(answer) == ENVELOPE
    assert (answer["tool"], answer["session_id"]) == ("pipeline_status", AN_ID)
    results = answer["results"]
    assert results.keys() >= SESSION
    assert results["metrics"].keys() == METRICS
    assert results["metrics"]["total_issues_found"] == 2
    assert results["metrics"]["stages_completed"] == ["snapshot", "plan", "scan"]
    assert results["execution_time"] == results["metrics"]["execution_time"] >= 0
    for artifact in results["artifacts"]:
        assert artifact.keys() == {"path", "type", "created_at"}
    less = envelope(
        call("pipeline_status", session_id=AN_ID, include_metrics=False, include_artifacts=False)
    )
    assert results.keys() - less["results"].keys() == {"metrics", "performance", "artifacts"}


def test_a_session_that_runs_has_the_same_keys(call: Call) -> None:
    store_session(make_finding(), status=None)
    results = envelope(call("pipeline_status", session_id=AN_ID))["results"]
    assert results.keys() >= SESSION
    assert results["metrics"].keys() == METRICS
    assert (results["status"], results["current_stage"]) == ("running", "scan")


def test_without_an_id_all_sessions_are_counted_and_the_latest_listed(call: Call) -> None:
    ids = [f"pipeline-{1_790_000_000 + n}-00000000" for n in range(23)]
    for session_id in ids:
        store_session(make_finding(), session_id=session_id)
    answer = envelope(call("pipeline_status"))
    assert answer["session_id"] is None
    results = answer["results"]
    assert results["total_sessions"] == 23
    assert all(row.keys() >= SESSION for row in results["sessions"])
    assert results["sessions"][0]["metrics"]["total_issues_found"] == 1
    rest = envelope(call("pipeline_status", cursor=results["cursor"]))["results"]
    assert refusal(call("pipeline_status", cursor="nonsense")).startswith("cursor: ")
    listed = [row["session_id"] for row in (*results["sessions"], *rest["sessions"])]
    assert listed == ids[::-1]


def test_a_run_has_its_cycles(call: Call, network: Network, tmp_path: Any) -> None:
    results = envelope(call("pipeline_run_full", workspace=str(tmp_path)))["results"]
    assert results.keys() >= {"session_id", "cycles", "final_metrics", "success"}
    assert (results["cycles"], results["success"]) == ([], None)
    assert results["final_metrics"].keys() == METRICS


def test_a_scan_is_the_lint_report(call: Call) -> None:
    store_session(
        make_finding(),
        make_finding("b.py", tool="bandit", rule="B101", message="assert"),
        make_finding("c.py", tool="imports", rule="missing", message="no such module"),
        make_finding("d.py", tool="duplicates", rule="copy", message="a copy"),
    )
    answer = envelope(call("version_keeper_scan", session_id=AN_ID))
    assert list(answer) == ENVELOPE
    assert answer["status"] == "success"
    report = answer["results"]
    assert report.keys() >= {"timestamp", "session_id", "version", "branch", "summary", "details"}
    assert report.keys() >= {"performance", "recommendations", "priority_fixes"}
    assert report["summary"].keys() >= {
        "total_issues",
        "fixes_applied",
        "remaining_issues",
        "success_rate",
    }
    assert report["performance"].keys() == {
        "duration_seconds",
        "files_analyzed",
        "issues_per_second",
    }
    assert report["priority_fixes"][0].keys() == {"priority", "category", "fix"}
    details = report["details"]
    ruff = details["quality_issues"]["ruff"]
    assert ruff.keys() == {"passed", "stdout", "stderr", "fixes"}
    assert (ruff["passed"], ruff["stdout"]) == (False, "4 findings")
    assert details["security_issues"] == ["b.py:1:8: assert (bandit B101)"]
    assert details["connection_issues"] == ["c.py:1:8: no such module (imports missing)"]
    assert details["duplicate_issues"] == ["d.py:1:8: a copy (duplicates copy)"]
