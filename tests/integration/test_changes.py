"""Changes of sessions reach every process through the broker, and survive its absence."""

from __future__ import annotations

import time
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from chaos.services import Broker
from fixtures.waiting import eventually

from pipeline_mcp.announcer import ANY
from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import events, sessions
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.domain.event import EventKind
from pipeline_mcp.domain.session import SessionRequest
from pipeline_mcp.sessions.changes import feed, watch

ID = "pipeline-1-0000000a"


@pytest.fixture
def session_id(own_broker: Broker, tmp_path: Path) -> str:
    with transaction() as connection:
        sessions.insert(connection, ID, SessionRequest(str(tmp_path), settings().node))
    return ID


def change(session_id: str) -> None:
    with transaction() as connection:
        events.record(connection, session_id, EventKind.SENT)


def test_a_commit_is_heard_once_it_is_there(session_id: str) -> None:
    async def main() -> None:
        heard: list[str] = []
        feed().subscribe(heard.append)
        await eventually(lambda: ANY in heard, message="the feed is connected")
        with pytest.raises(RuntimeError), transaction() as connection:
            sessions.insert(connection, "pipeline-1-0000000b", SessionRequest("/", "host"))
            raise RuntimeError
        await anyio.to_thread.run_sync(change, session_id)
        await eventually(lambda: session_id in heard, message="the change is heard")
        assert "pipeline-1-0000000b" not in heard

    anyio.run(main)


def test_a_burst_is_told_in_a_few_messages(session_id: str) -> None:
    async def main() -> None:
        heard: list[str] = []
        feed().subscribe(heard.append)
        await eventually(lambda: ANY in heard, message="the feed is connected")
        began = time.monotonic()
        for _ in range(50):
            await anyio.to_thread.run_sync(change, session_id)
        took = time.monotonic() - began
        await eventually(lambda: session_id in heard, message="the change is heard")
        assert heard.count(session_id) <= 2 + took * 6

    anyio.run(main)


def test_while_the_broker_is_away_nothing_fails_and_nothing_is_forgotten(
    session_id: str, own_broker: Broker
) -> None:
    async def main() -> None:
        heard: list[str] = []
        feed().subscribe(heard.append)
        async with watch(session_id) as watching:
            await eventually(lambda: feed().is_connected, message="the feed is connected")
            own_broker.kill()
            await eventually(lambda: not feed().is_connected, message="the feed notices")
            await watching.changed(30)  # news of the connection, if any
            began = time.monotonic()
            await anyio.to_thread.run_sync(change, session_id)
            await watching.changed(30)
            assert time.monotonic() - began < 5, "a watch does not wait for a broker that is away"
            heard.clear()
            own_broker.start()
            await eventually(
                lambda: ANY in heard, message="listeners hear that they may have missed some"
            )
            await eventually(lambda: session_id in heard, message="what was to be said is said")

    anyio.run(main)


def test_a_watch_ends_when_its_time_is_up(session_id: str) -> None:
    async def main() -> None:
        async with watch(session_id) as watching:
            await eventually(lambda: feed().is_connected, message="the feed is connected")
            await watching.changed(30)
            began = time.monotonic()
            await watching.changed(0.1)
            assert 0.05 < time.monotonic() - began < 1.5

    anyio.run(main)
