"""Waiting calls: progress that never stands still, and a session that outlives them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import pytest
from fixtures.answers import AN_ID, store_session
from fixtures.waiting import eventually
from mcp import Client
from mcp.shared.exceptions import MCPError
from sqlalchemy import Engine, event

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import sessions
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.session import Glance, SessionStatus, Stage, UnitCount
from pipeline_mcp.server import telling
from pipeline_mcp.server.app import make_server
from pipeline_mcp.server.telling import further, wording

ERAS = ["legacy", "2026-07-28"]
WAIT = {"session_id": AN_ID, "wait_seconds": 40}


def finish() -> None:
    with transaction() as connection:
        sessions.finish(connection, AN_ID, SessionStatus.PASSED)


def status() -> str:
    with reading() as connection:
        return str(sessions.view(connection, AN_ID).status)


@pytest.mark.usefixtures("call")
@pytest.mark.parametrize("era", ERAS)
def test_progress_grows_and_says_what_runs_though_nothing_changes(
    era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "LONGEST_SILENCE_SECONDS", 0.05)
    store_session(status=None)
    told: list[tuple[float, float | None, str | None]] = []

    async def main() -> None:
        async with Client(make_server(), mode=era) as client:

            async def listen(done: float, total: float | None, message: str | None) -> None:
                told.append((done, total, message))
                if len(told) == 4:
                    await anyio.to_thread.run_sync(finish)

            answer = await client.call_tool("pipeline_status", WAIT, progress_callback=listen)
            assert answer.structured_content["results"]["status"] == "passed"

    anyio.run(main)
    values = [done for done, _, _ in told]
    assert values == sorted(set(values))
    assert len(told) >= 4
    assert all(total == 2 and done < 1 for done, total, _ in told)
    assert told[0][2] == f"{AN_ID}: scan, 0 of 1 units done"


@pytest.mark.usefixtures("call")
@pytest.mark.parametrize("era", ERAS)
def test_a_call_that_times_out_leaves_the_session_alone(era: str) -> None:
    store_session(status=None)

    async def main() -> None:
        async with Client(make_server(), mode=era) as client:
            with pytest.raises(MCPError):
                await client.call_tool("pipeline_status", WAIT, read_timeout_seconds=0.3)
            seen = await client.call_tool("pipeline_status", {"session_id": AN_ID})
            assert seen.structured_content["results"]["status"] == "running"

    anyio.run(main)
    assert status() == "running"


@pytest.mark.usefixtures("call")
def test_calls_that_wait_look_together_and_keep_no_quick_call_waiting() -> None:
    store_session(status=None)

    async def main() -> None:
        async with Client(make_server()) as client, anyio.create_task_group() as tasks:
            with looks() as looked:
                for _ in range(100):
                    tasks.start_soon(client.call_tool, "pipeline_status", WAIT)
                await eventually(lambda: len(looked) > 100, message="all wait")
                before, begun = len(looked), time.monotonic()
                with anyio.fail_after(5):
                    await client.call_tool("session_findings", {"session_id": AN_ID})
                await eventually(lambda: len(looked) >= before + 5)
            # If each call looked for itself, they would be there at once.
            assert time.monotonic() - begun > 3 * settings().poll_seconds
            await anyio.to_thread.run_sync(finish)

    anyio.run(main)


@pytest.mark.usefixtures("call")
def test_the_others_go_on_when_the_call_that_looks_for_all_is_cancelled() -> None:
    store_session(status=None)
    answers: list[str] = []

    async def main() -> None:
        async with Client(make_server()) as client, anyio.create_task_group() as tasks:

            async def wait() -> None:
                answer = await client.call_tool("pipeline_status", WAIT)
                answers.append(answer.structured_content["results"]["status"])

            for _ in range(3):
                with anyio.move_on_after(0.3):
                    tasks.start_soon(wait)
                    await client.call_tool("pipeline_status", WAIT)
            await anyio.to_thread.run_sync(finish)

    anyio.run(main)
    assert answers == ["passed"] * 3


@contextmanager
def looks() -> Iterator[list[str]]:
    """The looks at how sessions stand that are taken meanwhile."""
    said: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("SELECT session.id, session.status, session.stage"):
            said.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", listen)


def test_progress_is_always_further_and_never_ahead_of_the_next_unit() -> None:
    told = -1.0
    for done in [0, 0, 0, 1, 1, 3, 2, *[5] * 500, 6]:
        before, told = told, further(told, done)
        assert told > before
        assert told < max(done, before) + 1
    assert told == 6


def test_a_message_says_what_runs() -> None:
    seen = Glance("s", SessionStatus.QUEUED, Stage.SNAPSHOT, UnitCount(0, 0), 0, 0, ())
    assert wording(seen) == "waits to begin"
    tools = ("bandit", "black\x1b", "flake8", "isort", "mypy")
    seen = Glance("s", SessionStatus.RUNNING, Stage.SCAN, UnitCount(3, 12), 1, 0, tools)
    assert wording(seen) == (
        "scan, 3 of 12 units done, 1 finding so far; "
        "bandit, black␛, flake8, isort and 1 more at work"
    )
