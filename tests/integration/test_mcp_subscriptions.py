"""A session is followed on one server while another has accepted it, and a worker works on it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
from chaos.services import Broker
from fixtures.hosts import MakeHost, Running
from fixtures.waiting import eventually
from mcp import Client
from mcp.types import ResourceUpdatedNotification


@pytest.mark.filterwarnings("ignore:resources/(un)?subscribe is removed")
def test_updates_come_from_anywhere_and_after_an_outage_of_the_broker(
    own_broker: Broker, make_host: MakeHost, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("import os\nprint(missing)\n")
    west, east = make_host("west"), make_host("east")
    accepting, followed = west.server(), east.server()
    accepting.wait()
    followed.wait()
    submitted = accepting.call("pipeline_run_full", workspace=str(tmp_path))
    address = f"pipeline://sessions/{submitted['session_id']}/report"

    async def main() -> None:
        async with _listening(followed, address) as told, _subscribed(followed, address) as heard:
            worker = west.worker()
            reader = Client(followed.url, mode="2026-07-28")
            async with reader:
                while True:
                    await eventually(lambda: told, timeout=60, message="an update comes")
                    told.clear()
                    report = json.loads((await reader.read_resource(address)).contents[0].text)
                    if report["status"] not in ("queued", "running"):
                        break
            assert report["status"] == "failed"
            assert heard, "the older revision hears of it as well"
            await anyio.to_thread.run_sync(worker.stop)
            own_broker.kill()
            told.clear()
            heard.clear()
            own_broker.start()
            await eventually(lambda: told and heard, timeout=60, message="all may have changed")

    anyio.run(main)


@asynccontextmanager
async def _listening(server: Running, address: str) -> AsyncIterator[list[str]]:
    """The updates that a client of 2026-07-28 hears."""
    told: list[str] = []
    async with (
        Client(server.url, mode="2026-07-28") as client,
        client.listen(resource_subscriptions=[address]) as subscription,
        anyio.create_task_group() as tasks,
    ):
        assert subscription.honored.resource_subscriptions == [address]

        async def listen() -> None:
            async for event in subscription:
                told.append(event.uri)  # noqa: PERF401 - it is looked at meanwhile

        tasks.start_soon(listen)
        yield told
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def _subscribed(server: Running, address: str) -> AsyncIterator[list[str]]:
    """The updates that a client of 2025-11-25 hears."""
    heard: list[str] = []

    async def hear(message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            heard.append(f"{message.params.uri}")

    async with Client(server.url, mode="legacy", message_handler=hear) as client:
        await client.subscribe_resource(address)
        yield heard
