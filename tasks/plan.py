"""The plan stage."""

from __future__ import annotations

from typing import Any

from pipeline_mcp import canvas
from pipeline_mcp.broker import broker_errors
from pipeline_mcp.scanning.plan import plan as make_plan
from pipeline_mcp.scanning.window import first_units
from tasks.app import app
from tasks.stage import StageTask


@app.task(name="tasks.plan", bind=True, base=StageTask)
def plan(self: StageTask, session_id: str) -> Any:
    """Plan the scan of the session's workspace, and become it."""
    return become_scan(self, session_id)


def become_scan(task: StageTask, session_id: str) -> Any:
    """Plan the newest scan; the task becomes the chord of the units that are to be sent first."""
    _, request = make_plan(session_id)
    units = first_units(session_id, at_once=request.sequential)
    scan = canvas.scan(
        app, session_id, units, priority=request.priority, sequential=request.sequential
    )
    with broker_errors():
        return task.replace(scan)
