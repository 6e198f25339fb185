"""Who did what: the row stays when the session that it speaks of has expired."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from pipeline_mcp.db import clock
from pipeline_mcp.db.tables import audit
from pipeline_mcp.domain.event import LOCAL, Action


def record(
    connection: Connection,
    action: Action,
    session_id: str | None = None,
    *,
    principal: str = LOCAL,
    **facts: Any,
) -> None:
    """Write that `principal` did `action`, in the transaction of the action itself."""
    connection.execute(
        audit.insert().values(
            principal=principal,
            action=action.value,
            session_id=session_id,
            data=facts,
            created_at=clock.now(),
        )
    )
