"""A session's history: each event is written in the transaction of what it tells of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from pipeline_mcp.db import changes, clock
from pipeline_mcp.db.tables import event
from pipeline_mcp.domain.event import EventKind


def record(connection: Connection, session_id: str, kind: EventKind, **facts: Any) -> None:
    """Add to the session's history; `facts` are small, never a tool's output or a file's text."""
    changes.note(connection, session_id)
    connection.execute(
        event.insert().values(
            session_id=session_id, kind=kind.value, data=facts, created_at=clock.now()
        )
    )
