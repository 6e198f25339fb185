"""Bring a session's patch into its workspace, or take it back."""

from __future__ import annotations

from pipeline_mcp.errors import TransientServiceError
from pipeline_mcp.sessions.bringing import bring
from tasks.app import app

# Somebody else is at the workspace, or the database is away: it is worth waiting for either.
_PAUSE_SECONDS = 1.0
_MOST_RETRIES = 60


@app.task(
    name="tasks.apply",
    autoretry_for=(TransientServiceError,),
    default_retry_delay=_PAUSE_SECONDS,
    max_retries=_MOST_RETRIES,
)
def apply(session_id: str) -> None:
    """Do what is wanted; what is done already is not done again."""
    bring(session_id)
