"""What the database says while sessions are being measured."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.db.tables import outbox, session


def statuses() -> dict[str, int]:
    """How many sessions have each status."""
    with reading() as connection:
        rows = connection.execute(select(session.c.status, func.count()).group_by(session.c.status))
        return {row[0]: row[1] for row in rows}


def unfinished() -> int:
    """How many sessions have not ended."""
    found = statuses()
    return found.get("queued", 0) + found.get("running", 0)


def sent_again() -> int:
    """How often a session was sent that had been sent before."""
    with reading() as connection:
        return int(connection.execute(select(func.sum(outbox.c.attempts - 1))).scalar_one())


def forget_sessions() -> None:
    """Begin anew."""
    with transaction() as connection:
        connection.execute(delete(session))
