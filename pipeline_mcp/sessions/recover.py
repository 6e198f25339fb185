"""Continue sessions from their rows: send their pipelines once more."""

from __future__ import annotations

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import outbox, sessions
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.sessions.submit import send


def recover(session_id: str | None = None) -> list[str]:
    """Send one unfinished session again, or all of them; gives the ids of those sent.

    Raises:
        UnknownSessionError: there is no such session.
        ServiceError: the broker or the database cannot be reached.
    """
    with reading() as connection:
        if session_id is None:
            waiting = sessions.unfinished(connection)
        else:
            is_final = sessions.view(connection, session_id).is_final
            waiting = [] if is_final else [session_id]
    return _send_again(waiting)


def recover_forsaken() -> list[str]:
    """Send the unfinished sessions again that nobody seems to work on; gives their ids."""
    with reading() as connection:
        waiting = outbox.forsaken(connection, lease_seconds=settings().lease_seconds)
    return _send_again(waiting)


def _send_again(session_ids: list[str]) -> list[str]:
    for session_id in session_ids:
        with transaction() as connection:
            request = sessions.request_of(connection, session_id)
            sessions.touch(connection, session_id)
        send(session_id, request)
    return session_ids
