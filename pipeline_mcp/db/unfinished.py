"""How many sessions are not over, and of how many nobody hears anything."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select

from pipeline_mcp.db import clock
from pipeline_mcp.db.admission import is_admitted
from pipeline_mcp.db.outbox import has_live_unit
from pipeline_mcp.db.tables import session
from pipeline_mcp.domain.session import UNFINISHED_STATUSES, SessionStatus


@dataclass(frozen=True, slots=True)
class Unfinished:
    """`waiting` are not admitted yet; `oldest` is how many seconds ago the first was accepted."""

    waiting: int
    queued: int
    running: int
    stuck: int
    oldest: float | None


def count(connection: Connection, *, stuck_seconds: float) -> Unfinished:
    """Count the unfinished sessions; a stuck one was admitted, and is silent for so long."""
    is_queued = session.c.status == SessionStatus.QUEUED
    is_silent = session.c.updated_at < clock.now() - stuck_seconds
    row = connection.execute(
        select(
            func.coalesce(func.sum(case((is_queued & ~is_admitted(), 1), else_=0)), 0),
            func.coalesce(func.sum(case((is_queued & is_admitted(), 1), else_=0)), 0),
            func.coalesce(func.sum(case((is_queued, 0), else_=1)), 0),
            func.coalesce(
                func.sum(case((is_admitted() & is_silent & ~has_live_unit(), 1), else_=0)), 0
            ),
            clock.now() - func.min(session.c.created_at),
        ).where(session.c.status.in_([status.value for status in UNFINISHED_STATUSES]))
    ).one()
    waiting, queued, running, stuck, oldest = row
    return Unfinished(waiting, queued, running, stuck, oldest)
