"""Let sessions in while there is room, and send those that were let in."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from sqlalchemy import Connection

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import admission, sessions
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.errors import NewerSessionError, ServiceError

logger = logging.getLogger(__name__)


def admit() -> list[str]:
    """Send the next waiting sessions, as many as there is room for; gives their ids.

    To be called whenever a session has ended.

    Raises:
        ServiceError: the database cannot be used.
    """
    with reading() as connection:
        if not admission.any_waiting(connection):
            return []
    with transaction() as connection:
        admitted = let_in(connection)
    send_admitted(admitted)
    return admitted


def let_in(connection: Connection) -> list[str]:
    """Admit the next waiting sessions within the caller's transaction; they are to be sent."""
    current = settings()
    return admission.admit(
        connection,
        most=current.max_sessions,
        most_per_principal=current.max_sessions_per_principal,
    )


def send_admitted(session_ids: Iterable[str]) -> None:
    """Send them; what cannot be sent from here, or not now, some reconciler sends.

    Raises:
        ServiceError: the database cannot be used.
    """
    for session_id in session_ids:
        # Celery takes long to import, and mostly nobody waits when a session is cancelled.
        from pipeline_mcp.sessions.send import send

        try:
            with reading() as connection:
                request = sessions.request_of(connection, session_id)
            send(session_id, request)
        except NewerSessionError as error:
            logger.warning("%s: its worker will send it", error)
        except ServiceError as error:
            if error.service != "broker":
                raise
            logger.warning("session %s waits for the broker: %s", session_id, error)
