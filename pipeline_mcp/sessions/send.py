"""Give sessions to the broker."""

from __future__ import annotations

from sqlalchemy import select

from pipeline_mcp.broker import send_pipeline
from pipeline_mcp.db import clock, outbox, workers
from pipeline_mcp.db.engine import reading, spare_the_disk, transaction
from pipeline_mcp.domain.queue import workspace_queue
from pipeline_mcp.domain.session import SessionRequest


def send(session_id: str, request: SessionRequest) -> None:
    """Give the session's pipeline to the broker; sending it again does no harm.

    Raises:
        ServiceError: the broker cannot be reached.
    """
    fixes = request.fix is not None
    with reading() as connection:
        # A worker may end it before the next statement; its history does not end with "sent".
        began = connection.execute(select(clock.now())).scalar_one()
    send_pipeline(session_id, priority=request.priority, node=node_of(request), fixes=fixes)
    with transaction() as connection:
        spare_the_disk(connection)  # if that is lost, the session is sent once more
        outbox.mark_sent(connection, session_id, at=began)


def node_of(request: SessionRequest) -> str | None:
    """The host that has the workspace, if a worker lives there; None lets any worker do it."""
    with reading() as connection:
        queues = {queue for worker in workers.live(connection) for queue in worker.queues}
    return request.node if workspace_queue(request.node) in queues else None
