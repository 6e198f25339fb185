"""A session's history: each event is written in the transaction of what it tells of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from pipeline_mcp.db import changes, clock
from pipeline_mcp.db.tables import event
from pipeline_mcp.domain.event import EventKind, HistoryEntry


def record(connection: Connection, session_id: str, kind: EventKind, **facts: Any) -> None:
    """Add to the session's history; `facts` are small, never a tool's output or a file's text."""
    record_as_of(connection, session_id, kind, clock.now(), facts)


def record_as_of(
    connection: Connection,
    session_id: str,
    kind: EventKind,
    at: float | ColumnElement[float],
    facts: Mapping[str, Any],
) -> None:
    """The same of a moment before, by the database's clock."""
    changes.note(connection, session_id)
    connection.execute(
        event.insert().values(
            session_id=session_id, kind=kind.value, data=dict(facts), created_at=at
        )
    )


def all_of(connection: Connection, session_id: str) -> list[HistoryEntry]:
    """The session's events, in the order in which they were written."""
    rows = connection.execute(
        select(event.c.created_at, event.c.kind, event.c.data)
        .where(event.c.session_id == session_id)
        .order_by(event.c.id)
    )
    return [HistoryEntry(at, kind, data) for at, kind, data in rows]
