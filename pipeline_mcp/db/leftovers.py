"""Sessions whose next step nobody took: a chord was lost, or a process died in between."""

from __future__ import annotations

from sqlalchemy import Connection, Select, select

from pipeline_mcp.db import clock
from pipeline_mcp.db.outbox import GRACE_SECONDS
from pipeline_mcp.db.sessions import is_ours_to_do
from pipeline_mcp.db.tables import session, unit
from pipeline_mcp.domain.session import SessionStatus, Stage
from pipeline_mcp.domain.unit import UnitState


def scans_to_close(connection: Connection) -> list[str]:
    """The sessions whose units are all done and whose scan is still open."""
    has_open_unit = (
        select(unit.c.key)
        .where(
            unit.c.session_id == session.c.id,
            unit.c.state.in_([UnitState.QUEUED.value, UnitState.RUNNING.value]),
        )
        .exists()
    )
    query = _silent_in(Stage.SCAN, Stage.VALIDATE).where(~has_open_unit)
    return list(connection.scalars(query))


def sessions_to_finish(connection: Connection) -> list[str]:
    """The sessions whose work is closed and whom nobody has given their last word."""
    return list(connection.scalars(_silent_in(Stage.CLEANUP)))


def _silent_in(*names: Stage) -> Select[tuple[str]]:
    return (
        select(session.c.id)
        .where(
            session.c.status == SessionStatus.RUNNING.value,
            session.c.stage.in_([name.value for name in names]),
            session.c.updated_at < clock.now() - GRACE_SECONDS,
            is_ours_to_do(),
        )
        .order_by(session.c.updated_at, session.c.id)
    )
