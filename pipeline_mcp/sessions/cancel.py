"""End a session before its time."""

from __future__ import annotations

from pipeline_mcp.db import applications, audit, sessions
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.domain.event import LOCAL, Action
from pipeline_mcp.domain.session import SessionView
from pipeline_mcp.sessions.admission import admit


def cancel(session_id: str, *, principal: str = LOCAL) -> SessionView:
    """Cancel the session: no unit starts any more, running tools are stopped where they run.

    Its patch does not go into the workspace any more, unless somebody is writing it already.

    A session that is final already stays as it is.

    Raises:
        UnknownSessionError: there is no such session.
    """
    with transaction() as connection:
        sessions.get(connection, session_id)
        if sessions.cancel(connection, session_id):
            applications.withdraw_unbegun(connection, session_id)
            audit.record(connection, Action.CANCEL, session_id, principal=principal)
        cancelled = sessions.view(connection, session_id)
    admit()
    return cancelled
