"""What the gate says of a session's facts."""

from __future__ import annotations

import pytest

from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.scanning.gate import judge

DEFAULT = (Severity.ERROR, Severity.WARNING)


def test_nothing_found_by_tools_that_all_ended_well_passes() -> None:
    assert judge({}, ["ok", "ok", "skipped"], DEFAULT) is SessionStatus.PASSED


@pytest.mark.parametrize("severity", DEFAULT)
def test_a_new_error_or_warning_fails(severity: Severity) -> None:
    assert judge({severity: 1}, ["ok"], DEFAULT) is SessionStatus.FAILED


def test_an_info_finding_does_not_fail_by_default() -> None:
    assert judge({Severity.INFO: 9}, ["ok"], DEFAULT) is SessionStatus.PASSED


def test_fail_on_changes_what_counts() -> None:
    assert judge({Severity.WARNING: 1}, ["ok"], [Severity.ERROR]) is SessionStatus.PASSED
    assert judge({Severity.INFO: 1}, ["ok"], [Severity.INFO]) is SessionStatus.FAILED


@pytest.mark.parametrize("outcome", ["tool_error", "timeout", None])
def test_a_unit_that_did_not_end_well_is_never_passed(outcome: str | None) -> None:
    assert judge({}, ["ok", outcome], DEFAULT) is SessionStatus.INCOMPLETE
    assert judge({Severity.ERROR: 3}, ["ok", outcome], DEFAULT) is SessionStatus.INCOMPLETE
