"""The cleanup stage."""

from __future__ import annotations

from typing import Any

from pipeline_mcp import canvas
from pipeline_mcp.broker import broker_errors
from pipeline_mcp.scanning.close import finish
from pipeline_mcp.sessions.admission import admit
from pipeline_mcp.sessions.applying import begin
from pipeline_mcp.sessions.follow import view
from pipeline_mcp.sessions.summary import summary
from tasks.app import app
from tasks.stage import StageTask


@app.task(name="tasks.cleanup", bind=True, base=StageTask)
def cleanup(self: StageTask, session_id: str) -> Any:
    """Let the gate decide, write the session's last word, and make room for the next.

    Before that the patch of a session that applies by itself is brought into the workspace.
    """
    node = begin(session_id)
    if node is not None:
        with broker_errors():
            return self.replace(canvas.integration(app, session_id, node=node or None))
    finish(session_id)
    admit()
    if view(session_id).is_final:
        summary(session_id)  # while nobody waits for it
    return None
