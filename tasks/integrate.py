"""The integrate stage: commit a session's patch on a branch, push it, and propose it."""

from __future__ import annotations

from pipeline_mcp.sessions.delivering import deliver
from tasks.app import app
from tasks.wish import WishTask


@app.task(name="tasks.integrate", base=WishTask)
def integrate(session_id: str) -> None:
    """Do what is wanted; what is done already is not done again."""
    deliver(session_id)
