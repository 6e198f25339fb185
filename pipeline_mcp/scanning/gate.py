"""The rule that turns a session's facts into passed, failed or incomplete."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.domain.unit import INCOMPLETE_OUTCOMES


def judge(
    new_findings: Mapping[Severity, int],
    outcomes: Iterable[str | None],
    fail_on: Collection[Severity],
) -> SessionStatus:
    """Incomplete if any unit did not say all it had to; else failed if a new finding counts.

    `outcomes` are those of all units; None is a unit without an outcome, which is incomplete.
    """
    if any(outcome is None or outcome in INCOMPLETE_OUTCOMES for outcome in outcomes):
        return SessionStatus.INCOMPLETE
    if any(new_findings.get(severity, 0) for severity in fail_on):
        return SessionStatus.FAILED
    return SessionStatus.PASSED
