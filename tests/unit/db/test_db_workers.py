"""Workers are live while they say so, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from pipeline_mcp.db import clock, workers
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.db.tables import worker

pytestmark = pytest.mark.usefixtures("database")


def test_a_worker_that_beats_is_live_with_its_latest_facts() -> None:
    with transaction() as connection:
        workers.heartbeat(connection, "one@host", ["lint"], 2)
        workers.heartbeat(connection, "one@host", ["lint", "fix"], 4)
        workers.heartbeat(connection, "two@host", ["lint"], 1)
        live = workers.live(connection)
        assert [(each.name, each.queues, each.concurrency) for each in live] == [
            ("one@host", ("lint", "fix"), 4),
            ("two@host", ("lint",), 1),
        ]
        assert workers.slots(connection) == 5


def test_a_worker_that_fell_silent_is_not_live() -> None:
    with transaction() as connection:
        workers.heartbeat(connection, "one@host", ["lint"], 2)
        connection.execute(update(worker).values(seen_at=clock.now() - workers.ALIVE_SECONDS - 1))
        assert workers.live(connection) == []
        assert workers.slots(connection) == 0


def test_a_worker_that_said_good_bye_is_gone() -> None:
    with transaction() as connection:
        workers.heartbeat(connection, "one@host", ["lint"], 2)
        workers.forget(connection, "one@host")
        assert workers.live(connection) == []
