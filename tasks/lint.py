"""One task per tool, made from the registry: `tasks.lint.ruff`, `tasks.lint.mypy` and so on."""

from __future__ import annotations

import os
from typing import Any

from celery.exceptions import Reject

from pipeline_mcp.config.settings import settings
from pipeline_mcp.scanning.execute import execute
from pipeline_mcp.tools.registry import TOOLS
from tasks.app import app
from tasks.stage import StageTask

# A unit that somebody else is running is looked at again at least so often, in seconds.
_LONGEST_WAIT = 5.0


def _run(self: StageTask, session_id: str, key: str) -> dict[str, Any]:
    owner = f"{settings().node}:{os.getpid()}:{self.request.id}"
    executed = execute(session_id, key, owner=owner)
    if executed.is_given_back:
        raise Reject("this worker is about to end", requeue=True)
    if executed.retry_in is not None:
        # The chord waits for this task, so the task waits for whoever holds the lease.
        wait = min(max(executed.retry_in, 0.0), _LONGEST_WAIT)
        self.request.retries -= 1  # to wait is no failure
        raise self.retry(countdown=wait, max_retries=None)
    return {"unit": key, "outcome": executed.outcome, "findings": executed.findings}


for _tool in (*TOOLS, "custom"):
    app.task(_run, name=f"tasks.lint.{_tool}", bind=True, base=StageTask)
