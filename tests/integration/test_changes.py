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
from pipeline_mcp.sessions.changes import Watch, feed

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
        watching = Watch({session_id})
        with watching.listening():
            await eventually(lambda: feed().is_connected, message="the feed is connected")
            own_broker.kill()
            await eventually(lambda: not feed().is_connected, message="the feed notices")
            await anyio.to_thread.run_sync(change, session_id)
            with anyio.fail_after(1):
                await watching.changed()
            heard.clear()
            own_broker.start()
            await eventually(lambda: ANY in heard, message="some may have been missed")
            await eventually(lambda: session_id in heard, message="what was to be said is said")
            with anyio.fail_after(1):
                await watching.changed()

    anyio.run(main)


def test_a_watch_waits_for_its_own_sessions_alone(session_id: str) -> None:
    async def main() -> None:
        other, own = Watch({"pipeline-1-0000000c"}), Watch({session_id})
        with other.listening(), own.listening():
            await eventually(lambda: feed().is_connected, message="the feed is connected")
            await other.changed()  # all may have changed until now
            await own.changed()
            await anyio.to_thread.run_sync(change, session_id)
            began = time.monotonic()
            await own.changed()
            assert time.monotonic() - began < 0.9
            with anyio.move_on_after(0.2) as scope:
                await other.changed()
            assert scope.cancelled_caught

    anyio.run(main)
