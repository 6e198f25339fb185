"""The validate stage: the scan of a candidate."""

from __future__ import annotations

from typing import Any

from tasks.app import app
from tasks.plan import become_scan
from tasks.stage import StageTask


@app.task(name="tasks.validate", bind=True, base=StageTask)
def validate(self: StageTask, session_id: str) -> Any:
    """Plan the scan of the session's newest candidate, and become it."""
    return become_scan(self, session_id)
