"""What happened to a session, step by step: its events, and how its units ended."""

from __future__ import annotations

from sqlalchemy import RowMapping

from pipeline_mcp.db import events, sessions, units
from pipeline_mcp.db.engine import reading
from pipeline_mcp.domain.event import HistoryEntry


def history(session_id: str) -> list[HistoryEntry]:
    """All of it, oldest first.

    Raises:
        UnknownSessionError: there is no such session.
    """
    with reading() as connection:
        sessions.get(connection, session_id)
        happened = events.all_of(connection, session_id)
        ended = [_end(row) for row in units.summaries(connection, session_id) if row["finished_at"]]
    return sorted([*happened, *ended], key=lambda entry: entry.at)


def _end(row: RowMapping) -> HistoryEntry:
    facts = {
        "unit": row["key"],
        "tool": row["tool"],
        "outcome": row["outcome"],
        "findings": row["findings"] or 0,
        "attempt": row["attempt"],
        "wall_seconds": round(row["wall_seconds"] or 0.0, 3),
        "cached": str(bool(row["cached"])).lower(),
    }
    if row["reason"]:
        facts["reason"] = row["reason"]
    return HistoryEntry(row["finished_at"], "unit_ended", facts)
