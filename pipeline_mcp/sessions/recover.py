"""Continue sessions from their rows: send their pipelines once more."""

from __future__ import annotations

from pipeline_mcp.db import admission, audit, events, sessions
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.event import LOCAL, Action, EventKind
from pipeline_mcp.sessions.send import send


def recover(session_id: str | None = None, *, principal: str = LOCAL) -> list[str]:
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
    for each in waiting:
        with transaction() as connection:
            audit.record(connection, Action.RECOVER, each, principal=principal)
        send_again(each, by=principal)
    return waiting


def send_again(session_id: str, *, by: str) -> None:
    """Send the session's pipeline: what is done is answered from its rows.

    A session that waits to be let in goes on waiting.

    Raises:
        UnknownSessionError: there is no such session.
        ServiceError: the broker or the database cannot be reached.
    """
    with transaction() as connection:
        request = sessions.request_of(connection, session_id)
        if admission.is_waiting(connection, session_id):
            return
        sessions.touch(connection, session_id)
        events.record(connection, session_id, EventKind.RECOVERED, by=by)
    send(session_id, request)
