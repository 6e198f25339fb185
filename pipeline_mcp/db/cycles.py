"""Which of a session's scans is meant: a session that fixes has one for each of its candidates."""

from __future__ import annotations

from sqlalchemy import ScalarSelect, select

from pipeline_mcp.db.tables import session


def good_cycle(session_id: str) -> ScalarSelect[int]:
    """The scan that counts: that of the last candidate that made nothing worse, or the first."""
    return select(session.c.good_cycle).where(session.c.id == session_id).scalar_subquery()


def newest_cycle(session_id: str) -> ScalarSelect[int]:
    """The scan that is going on, or was the last."""
    return select(session.c.cycle).where(session.c.id == session_id).scalar_subquery()
