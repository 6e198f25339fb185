"""Accept a session: write it down first, then send it."""

from __future__ import annotations

import logging

from pipeline_mcp.broker import send_pipeline
from pipeline_mcp.db import audit, outbox, sessions, workers
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.event import LOCAL, Action
from pipeline_mcp.domain.queue import workspace_queue
from pipeline_mcp.domain.session import SessionRequest, new_session_id
from pipeline_mcp.errors import ServiceError

logger = logging.getLogger(__name__)


def submit(request: SessionRequest, *, principal: str = LOCAL) -> str:
    """Write the session and the wish to send it, then send it; gives the session's id.

    Once this returns the session is safe: if the broker is away, or this process dies before it
    has sent it, whoever reconciles next sends it.

    Raises:
        ServiceError: the database cannot be written.
    """
    session_id = new_session_id()
    with transaction() as connection:
        sessions.insert(connection, session_id, request, principal=principal)
        audit.record(
            connection,
            Action.SUBMIT,
            session_id,
            principal=principal,
            workspace=request.workspace,
            origin=request.origin,
        )
        outbox.wish(connection, session_id)
    try:
        send(session_id, request)
    except ServiceError as error:
        logger.warning("session %s waits for the broker: %s", session_id, error)
    return session_id


def send(session_id: str, request: SessionRequest) -> None:
    """Give the session's pipeline to the broker; sending it again does no harm.

    Raises:
        ServiceError: the broker cannot be reached.
    """
    with reading() as connection:
        queues = {queue for worker in workers.live(connection) for queue in worker.queues}
    node = request.node if workspace_queue(request.node) in queues else None
    send_pipeline(session_id, priority=request.priority, node=node)
    with transaction() as connection:
        outbox.mark_sent(connection, session_id)
