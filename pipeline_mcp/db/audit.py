"""Who did what: the row stays when the session that it speaks of has expired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Text, cast, delete, func, select

from pipeline_mcp.db import clock
from pipeline_mcp.db.tables import audit
from pipeline_mcp.domain.audit import AuditEntry
from pipeline_mcp.domain.event import LOCAL, Action

_SIZE = func.length(cast(audit.c.data, Text))


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


def page(
    connection: Connection,
    *,
    limit: int,
    session_id: str | None = None,
    principal: str | None = None,
    before: int | None = None,
) -> list[AuditEntry]:
    """Entries of the session, of the principal, or all of them, newest first.

    `before` is the number of the last one seen.
    """
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if session_id is not None:
        query = query.where(audit.c.session_id == session_id)
    if principal is not None:
        query = query.where(audit.c.principal == principal)
    if before is not None:
        query = query.where(audit.c.id < before)
    return [
        AuditEntry(
            number=row["id"],
            principal=row["principal"],
            action=row["action"],
            session_id=row["session_id"],
            facts=row["data"],
            created_at=row["created_at"],
        )
        for row in connection.execute(query).mappings()
    ]


def old_page(
    connection: Connection, *, seconds: float, after: str, limit: int
) -> list[tuple[str, int]]:
    """Numbers after `after` of entries older than that, and the sizes of their facts."""
    query = (
        select(audit.c.id, _SIZE)
        .where(audit.c.created_at < clock.now() - seconds, audit.c.id > int(after or 0))
        .order_by(audit.c.id)
        .limit(limit)
    )
    return [(str(number), size) for number, size in connection.execute(query)]


def discard(connection: Connection, numbers: Sequence[str]) -> tuple[int, int]:
    """Remove those entries; gives how many there were, and the bytes of their facts together."""
    chosen = audit.c.id.in_([int(number) for number in numbers])
    size = connection.execute(select(func.coalesce(func.sum(_SIZE), 0)).where(chosen)).scalar_one()
    return connection.execute(delete(audit).where(chosen)).rowcount, size
