"""The end of the scan stage: the chord's body."""

from __future__ import annotations

from pipeline_mcp.scanning.close import close_scan
from tasks.app import app
from tasks.stage import StageTask


@app.task(name="tasks.scan", base=StageTask)
def scan(session_id: str) -> bool:
    """Close the scan if all of its units are done."""
    return close_scan(session_id)
