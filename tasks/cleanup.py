"""The cleanup stage."""

from __future__ import annotations

from pipeline_mcp.scanning.close import finish
from pipeline_mcp.sessions.admission import admit
from pipeline_mcp.sessions.follow import view
from pipeline_mcp.sessions.summary import summary
from tasks.app import app
from tasks.stage import StageTask


@app.task(name="tasks.cleanup", base=StageTask)
def cleanup(session_id: str) -> None:
    """Let the gate decide, write the session's last word, and make room for the next."""
    finish(session_id)
    admit()
    if view(session_id).is_final:
        summary(session_id)  # while nobody waits for it
