"""Bring a session's patch into its workspace, or take it back."""

from __future__ import annotations

from pipeline_mcp.sessions.bringing import bring
from tasks.app import app
from tasks.wish import WishTask


@app.task(name="tasks.apply", base=WishTask)
def apply(session_id: str) -> None:
    """Do what is wanted; what is done already is not done again."""
    bring(session_id)
