"""Accept a session: write it down first, then send it."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from pipeline_mcp.db import audit, outbox, sessions
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.domain.event import LOCAL, Action
from pipeline_mcp.domain.session import SessionRequest, Submission, new_session_id
from pipeline_mcp.sessions.admission import let_in, send_admitted
from pipeline_mcp.sessions.repeated import earlier


def submit(
    request: SessionRequest,
    *,
    session_id: str | None = None,
    principal: str = LOCAL,
    once: Submission | None = None,
) -> str:
    """Write the session and the wish to send it, then send it; gives the session's id.

    Who must be able to cancel it whatever happens chooses a new `session_id` before.

    A submission `once` that the principal has made before, in whatever process, gives the session
    of the first time, and nothing is started.

    Where too many are worked on already it is sent later, see `sessions.admission`. Once this
    returns the session is safe: if the broker is away, or this process dies before it has sent
    it, whoever reconciles next sends it.

    Raises:
        ServiceError: the database cannot be written.
        RepeatedKeyError: under this key something else was submitted.
    """
    session_id = session_id or new_session_id()
    try:
        admitted = _accept(session_id, request, principal=principal, once=once)
    except IntegrityError:
        known = None if once is None else earlier(once, principal=principal)
        if known is None:
            raise
        return known
    send_admitted(admitted)
    return session_id


def _accept(
    session_id: str, request: SessionRequest, *, principal: str, once: Submission | None
) -> list[str]:
    with transaction(durable=True) as connection:
        sessions.insert(connection, session_id, request, principal=principal, once=once)
        audit.record(
            connection,
            Action.SUBMIT,
            session_id,
            principal=principal,
            workspace=request.workspace,
            origin=request.origin,
        )
        outbox.wish(connection, session_id)
        return let_in(connection)
