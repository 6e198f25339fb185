"""The snapshot stage."""

from __future__ import annotations

from pipeline_mcp.scanning.capture import capture
from tasks.app import app
from tasks.stage import StageTask


@app.task(name="tasks.snapshot", base=StageTask)
def snapshot(session_id: str) -> str | None:
    """Picture the session's workspace; gives the snapshot's id."""
    return capture(session_id)
