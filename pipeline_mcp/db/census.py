"""How many sessions there are."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from pipeline_mcp.db.tables import session


def by_status(connection: Connection) -> dict[str, int]:
    """The number of sessions of each status that any has; the index answers it alone."""
    rows = connection.execute(select(session.c.status, func.count()).group_by(session.c.status))
    return {row[0]: row[1] for row in rows}
