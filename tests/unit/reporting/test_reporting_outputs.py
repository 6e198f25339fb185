from __future__ import annotations

import dataclasses

import pytest
from fixtures.reports import SESSION_ID, hostile_report, make_finding, make_report

from pipeline_mcp.domain.report import Fixes, Report
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.reporting.outputs import outputs_report
from pipeline_mcp.reporting.patch import patch_report


def _outputs(report: Report) -> dict[str, str]:
    return dict(line.split("=", 1) for line in outputs_report(report).splitlines())


def _fixed(patch: str | None) -> Report:
    fixes = Fixes(
        fixed=2, found=3, cycles=1, quality_score=90.0, ended=None, attempts=(), patch=patch
    )
    return dataclasses.replace(make_report(findings=[make_finding()]), fixes=fixes)


def test_a_scan_that_failed() -> None:
    assert _outputs(make_report(findings=[make_finding(), make_finding(is_new=False)])) == {
        "session_id": SESSION_ID,
        "status": "failed",
        "has_issues": "true",
        "issues_count": "1",
        "fixes_applied": "0",
        "has_patch": "false",
    }


@pytest.mark.parametrize(
    ("status", "has_issues"),
    [
        (SessionStatus.PASSED, "false"),
        (SessionStatus.INCOMPLETE, "unknown"),
        (SessionStatus.CANCELLED, "unknown"),
    ],
)
def test_only_a_whole_look_finds_nothing(status: SessionStatus, has_issues: str) -> None:
    assert _outputs(make_report(status))["has_issues"] == has_issues


def test_fixes_are_counted_and_their_patch_is_a_format() -> None:
    outputs = _outputs(_fixed("diff"))
    assert (outputs["fixes_applied"], outputs["issues_count"]) == ("2", "1")
    assert outputs["has_patch"] == "true"
    assert patch_report(_fixed("diff")) == "diff"
    assert (_outputs(_fixed(None))["has_patch"], patch_report(_fixed(None))) == ("false", "")


def test_a_repository_cannot_add_an_output() -> None:
    assert len(outputs_report(hostile_report()).splitlines()) == 6
