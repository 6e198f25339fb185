"""A worker removes what has expired, without being asked."""

from __future__ import annotations

from fixtures.hosts import MakeHost
from fixtures.waiting import wait_until
from sqlalchemy import select, update

from pipeline_mcp.db import clock, sessions
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.db.tables import session
from pipeline_mcp.domain.session import SessionRequest, SessionStatus


def test_a_worker_removes_what_has_expired(make_host: MakeHost) -> None:
    for number in range(3):
        with transaction() as connection:
            session_id = f"pipeline-1-0000000{number}"
            sessions.insert(connection, session_id, SessionRequest("/w", "here"))
            sessions.finish(connection, session_id, SessionStatus.PASSED)
    with transaction() as connection:
        then = clock.now() - 2 * 24 * 3600
        connection.execute(
            update(session)
            .where(session.c.id != "pipeline-1-00000000")
            .values(updated_at=then, finished_at=then)
        )
    make_host("east", retention_days=1).worker().wait()
    wait_until(lambda: ids() == ["pipeline-1-00000000"], message="the old sessions are gone")


def ids() -> list[str]:
    with reading() as connection:
        return list(connection.scalars(select(session.c.id)))
