"""One task per tool, made from the registry: `tasks.lint.ruff`, `tasks.lint.mypy` and so on."""

from __future__ import annotations

import functools
import os
from typing import Any

from celery.exceptions import Reject

from pipeline_mcp import canvas
from pipeline_mcp.broker import broker_errors
from pipeline_mcp.config.settings import settings
from pipeline_mcp.scanning.execute import execute
from pipeline_mcp.scanning.window import send_following
from pipeline_mcp.tools.registry import TOOLS
from tasks.app import app
from tasks.stage import StageTask

# A unit that somebody else is running is looked at again after so long, in seconds.
_SHORTEST_WAIT = 0.5
_LONGEST_WAIT = 5.0


def _run(self: StageTask, session_id: str, key: str) -> dict[str, Any]:
    owner = f"{settings().node}:{os.getpid()}:{self.request.id}"
    executed = execute(session_id, key, owner=owner)
    if executed.is_given_back:
        raise Reject("this worker is about to end", requeue=True)
    if executed.retry_in is not None:
        # The chord waits for this task, so the task waits for whoever holds the lease.
        wait = min(max(executed.retry_in, _SHORTEST_WAIT), _LONGEST_WAIT)
        self.request.retries -= 1  # to wait is no failure
        raise self.retry(countdown=wait, max_retries=None)
    send_following(session_id, functools.partial(_send, self, session_id))
    return {"unit": key, "outcome": executed.outcome, "findings": executed.findings}


def _send(self: StageTask, session_id: str, key: str, tool: str) -> None:
    """The next unit is to end before the chord does, where this one is part of a chord."""
    priority = self.request.delivery_info["priority"]
    following = canvas.lint(app, tool, session_id, key, priority)
    with broker_errors():
        if self.request.chord:
            self.add_to_chord(following)
        else:
            following.apply_async()


for _tool in (*TOOLS, "custom"):
    app.task(_run, name=f"tasks.lint.{_tool}", bind=True, base=StageTask)
