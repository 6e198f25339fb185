"""The fix stage, between two scans."""

from __future__ import annotations

from typing import Any

from celery.exceptions import Reject

from pipeline_mcp import canvas
from pipeline_mcp.broker import broker_errors
from pipeline_mcp.fixing.rewriting import StoppedError
from pipeline_mcp.fixing.step import take_steps
from tasks.app import app
from tasks.stage import StageTask


@app.task(name="tasks.fix", bind=True, base=StageTask)
def fix(self: StageTask, session_id: str) -> Any:
    """Go on with the fixes, and become the scan of the next candidate if there is one."""
    try:
        is_to_be_scanned = take_steps(session_id)
    except StoppedError as error:
        raise Reject("this worker is about to end", requeue=True) from error
    if not is_to_be_scanned:
        return None
    priority = self.request.delivery_info["priority"]
    with broker_errors():
        return self.replace(canvas.verification(app, session_id, priority=priority))
