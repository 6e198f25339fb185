"""The integrate stage: commit a session's patch on a branch, push it, and propose it."""

from __future__ import annotations

from pipeline_mcp.errors import TransientServiceError
from pipeline_mcp.sessions.delivering import deliver
from tasks.app import app

# Somebody else is at the repository, or the database is away: it is worth waiting for either.
_PAUSE_SECONDS = 1.0
_MOST_RETRIES = 60


@app.task(
    name="tasks.integrate",
    autoretry_for=(TransientServiceError,),
    default_retry_delay=_PAUSE_SECONDS,
    max_retries=_MOST_RETRIES,
)
def integrate(session_id: str) -> None:
    """Do what is wanted; what is done already is not done again."""
    deliver(session_id)
