"""What tools have cost so far: CPU seconds per byte, as a moving average."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select, update

from pipeline_mcp.db import clock
from pipeline_mcp.db.tables import tool_cost
from pipeline_mcp.db.upsert import insert_if_absent

# A new session counts this much, all earlier ones together the rest.
_WEIGHT = 0.3


def rates(connection: Connection) -> dict[str, float]:
    """CPU seconds per byte, by tool."""
    rows = connection.execute(select(tool_cost.c.tool, tool_cost.c.seconds_per_byte))
    return {row.tool: row.seconds_per_byte for row in rows}


def learn(connection: Connection, observed: Mapping[str, float]) -> None:
    """Blend newly observed rates into the remembered ones."""
    for tool, rate in sorted(observed.items()):
        row = {"tool": tool, "runs": 0, "seconds_per_byte": rate}
        insert_if_absent(connection, tool_cost, [row], updated_at=clock.now())
        blended = tool_cost.c.seconds_per_byte * (1 - _WEIGHT) + rate * _WEIGHT
        connection.execute(
            update(tool_cost)
            .where(tool_cost.c.tool == tool)
            .values(seconds_per_byte=blended, runs=tool_cost.c.runs + 1, updated_at=clock.now())
        )
