"""From a session's status to the exit code."""

from __future__ import annotations

from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.errors import ExitCode

_CODES = {
    SessionStatus.FAILED: ExitCode.FAILED,
    SessionStatus.INCOMPLETE: ExitCode.INCOMPLETE,
    SessionStatus.CANCELLED: ExitCode.INCOMPLETE,
}


def exit_code_of(status: SessionStatus) -> ExitCode:
    """What a command that speaks of this session leaves with; 0 while it still runs."""
    return _CODES.get(status, ExitCode.PASSED)
