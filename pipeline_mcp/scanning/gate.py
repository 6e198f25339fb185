"""The rule that turns a session's facts into passed, failed or incomplete."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pipeline_mcp.domain.application import Application, FileOutcome
from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.domain.unit import INCOMPLETE_OUTCOMES

_NAMED_FILES = 5


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


def not_applied(application: Application | None) -> str | None:
    """Why a session that applies by itself is incomplete: files that were left alone, by name."""
    if application is None or application.is_whole:
        return None
    if application.error is not None:
        return f"The patch was not applied: {application.error}"
    left_alone = application.left_alone
    named = "; ".join(map(_left_alone, left_alone[:_NAMED_FILES]))
    more = len(left_alone) - _NAMED_FILES
    others = f"; and {more} more" if more > 0 else ""
    return f"The patch was not applied to all its files: {named}{others}"


def _left_alone(file: FileOutcome) -> str:
    return f"{file.path}: {file.reason or file.state.value.replace('_', ' ')}"
