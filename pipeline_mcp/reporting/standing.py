"""How a session stands and who works on it, for programs and for people."""

from __future__ import annotations

from typing import Any

from pipeline_mcp.domain.session import Lease, Standing
from pipeline_mcp.reporting.application import application_document, application_verdict
from pipeline_mcp.reporting.sanitise import visible
from pipeline_mcp.reporting.session import session_document, session_text
from pipeline_mcp.reporting.wording import count


def standing_document(standing: Standing) -> dict[str, Any]:
    """The session's document, with its attempts, its leases and the fate of its patch beside it."""
    return session_document(standing.session) | {
        "attempts": standing.attempts,
        "sent": standing.sent,
        "leases": [_lease_document(lease) for lease in standing.leases],
        "application": standing.application and application_document(standing.application),
    }


def standing_text(standing: Standing) -> str:
    """The session's lines, one for each unit that somebody works on, and the fate of its patch."""
    lines = [session_text(standing.session)]
    if standing.attempts:
        tries = f"{standing.attempts:,} at {count(standing.session.units.total, 'unit')}"
        lines.append(f"{'attempts':<10} {tries}; sent {count(standing.sent, 'time')}\n")
    lines += [f"{'at work':<10} {_lease_text(lease)}\n" for lease in standing.leases]
    if standing.application is not None:
        lines.append(f"{'patch':<10} {application_verdict(standing.application)}\n")
    return "".join(lines)


def _lease_document(lease: Lease) -> dict[str, Any]:
    return {
        "tool": lease.tool,
        "owner": lease.owner,
        "attempt": lease.attempt,
        "seconds_left": round(lease.seconds_left, 3),
    }


def _lease_text(lease: Lease) -> str:
    left = round(lease.seconds_left)
    until = f"lease for {left} s more" if left > 0 else "its lease has run out"
    who = f"{visible(lease.tool)} on {visible(lease.owner)}"
    return f"{who}, attempt {lease.attempt}, {until}"
