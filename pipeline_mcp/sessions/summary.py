"""What a session came to, made once when it has ended: answers do not wait for all its findings."""

from __future__ import annotations

from typing import Any

from pipeline_mcp.db import sessions
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.reporting.summary import VERSION, summarise
from pipeline_mcp.sessions.report import report


def summary(session_id: str) -> dict[str, Any]:
    """What `summarise` makes of the session's report; it is kept from the first time on.

    The session must be final: nothing of it changes any more.

    Raises:
        UnknownSessionError: there is no such session.
    """
    with reading() as connection:
        kept: dict[str, Any] | None = sessions.get(connection, session_id)["summary"]
    if kept is not None and kept.get("version") == VERSION:
        return kept
    made = summarise(report(session_id))
    with transaction() as connection:
        sessions.keep_summary(connection, session_id, made)
    return made
