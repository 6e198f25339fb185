"""How many sessions stand at once: for those who wait for them, in two queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from pipeline_mcp.db.tables import session, unit
from pipeline_mcp.domain.session import Glance, SessionStatus, Stage, UnitCount
from pipeline_mcp.domain.unit import Outcome, UnitState

_ERRORS = [Outcome.TOOL_ERROR.value, Outcome.TIMEOUT.value]


def glances(connection: Connection, session_ids: Collection[str]) -> dict[str, Glance]:
    """The sessions by their ids; those that are not there are left out."""
    sessions = connection.execute(
        select(session.c.id, session.c.status, session.c.stage).where(session.c.id.in_(session_ids))
    )
    tools = defaultdict[str, list[Row[Any]]](list)
    for row in connection.execute(_by_tool(session_ids)):
        tools[row.session_id].append(row)
    return {row.id: _glance(row, tools[row.id]) for row in sessions}


def _by_tool(session_ids: Collection[str]) -> Select[Any]:
    return (
        select(
            unit.c.session_id,
            unit.c.tool,
            func.count().filter(unit.c.state == UnitState.DONE).label("done"),
            func.count().label("total"),
            func.count().filter(unit.c.state == UnitState.RUNNING).label("running"),
            func.count().filter(unit.c.outcome.in_(_ERRORS)).label("errors"),
            func.coalesce(func.sum(unit.c.findings), 0).label("findings"),
        )
        .where(unit.c.session_id.in_(session_ids))
        .group_by(unit.c.session_id, unit.c.tool)
        .order_by(unit.c.tool)
    )


def _glance(session: Any, tools: Sequence[Row[Any]]) -> Glance:
    return Glance(
        session_id=session.id,
        status=SessionStatus(session.status),
        stage=Stage(session.stage),
        units=UnitCount(sum(row.done for row in tools), sum(row.total for row in tools)),
        findings=sum(int(row.findings) for row in tools),
        errors=sum(row.errors for row in tools),
        at_work=tuple(row.tool for row in tools if row.running),
    )
