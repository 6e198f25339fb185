"""A broker that has lost its memory is noticed, and what it held is sent anew without delay."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis
from fixtures.git import RepositoryFactory
from fixtures.stack import StartWorker
from sqlalchemy import update

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import clock, outbox
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.db.tables import outbox as outbox_table
from pipeline_mcp.domain.session import SessionRequest, SessionStatus
from pipeline_mcp.sessions.follow import wait
from pipeline_mcp.sessions.reconcile import notice_loss
from pipeline_mcp.sessions.submit import submit

pytestmark = pytest.mark.usefixtures("external_services")

LONG_AGO = 10_000.0


@pytest.fixture
def session_id(tmp_path: Path) -> str:
    """A session that was sent, before it came to that, four times."""
    assert notice_loss()  # a new broker knows nothing of us
    request = SessionRequest(str(tmp_path), settings().node, tools=("ruff",))
    accepted = submit(request)
    with transaction() as connection:
        connection.execute(update(outbox_table).values(attempts=4))
    return accepted


def flush() -> None:
    with redis.Redis.from_url(settings().broker) as client:
        client.flushall()


def times_sent(session_id: str) -> int:
    with reading() as connection:
        return outbox.times_sent(connection, session_id)


def test_a_broker_that_remembers_changes_nothing(session_id: str) -> None:
    assert not notice_loss()
    assert times_sent(session_id) == 4


def test_after_a_loss_an_old_session_counts_as_never_sent(session_id: str) -> None:
    with transaction() as connection:
        connection.execute(update(outbox_table).values(sent_at=clock.now() - LONG_AGO))
    flush()
    assert notice_loss()
    assert times_sent(session_id) == 0
    assert not notice_loss()


def test_after_a_loss_a_session_that_was_just_sent_gets_the_time_of_a_first_send(
    session_id: str,
) -> None:
    flush()
    assert notice_loss()
    assert times_sent(session_id) == 1


def test_a_worker_sends_what_a_flushed_broker_has_forgotten(
    git_repository: RepositoryFactory, start_worker: StartWorker
) -> None:
    repository = git_repository({"a.py": "import os\n"})
    notice_loss()
    lost = submit(SessionRequest(str(repository.path), settings().node, tools=("ruff",)))
    with transaction() as connection:
        # Its own patience would last for more than a quarter of an hour.
        connection.execute(
            update(outbox_table).values(attempts=6, sent_at=clock.now() - settings().lease_seconds)
        )
        connection.exec_driver_sql("UPDATE session SET updated_at = updated_at - 60")
    flush()
    start_worker("one")
    assert wait(lost, timeout=60).status is SessionStatus.FAILED
