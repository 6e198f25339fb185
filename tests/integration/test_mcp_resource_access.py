"""Another's session is nowhere: not listed, not read, not completed, not followed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from fixtures.waiting import eventually
from mcp import Client, MCPError
from mcp.types import ResourceTemplateReference, ResourceUpdatedNotification

from pipeline_mcp.announcer import ANY
from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import sessions
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.domain.access import AccessScope, Principal
from pipeline_mcp.domain.session import SessionRequest
from pipeline_mcp.server.access.principal import calling
from pipeline_mcp.server.app import make_server
from pipeline_mcp.sessions.changes import feed

ERAS = ["legacy", "2026-07-28"]
ALICES, BOBS = "pipeline-1-0000000a", "pipeline-1-0000000b"
BOB = Principal("bob", frozenset({AccessScope.READ}))


@pytest.fixture(autouse=True)
def owned(external_services: None, tmp_path: Path) -> None:
    request = SessionRequest(str(tmp_path), settings().node)
    with transaction() as connection:
        sessions.insert(connection, ALICES, request, principal="alice")
        sessions.insert(connection, BOBS, request, principal="bob")


def address(session_id: str) -> str:
    return f"pipeline://sessions/{session_id}/report"


@pytest.mark.parametrize("era", ERAS)
def test_it_is_neither_listed_nor_completed_nor_read(era: str) -> None:
    async def talk(client: Client) -> None:
        listed = [f"{one.uri}" for one in (await client.list_resources()).resources]
        assert listed == [address(BOBS)]
        template = ResourceTemplateReference(uri="pipeline://sessions/{id}/report")
        found = await client.complete(template, {"name": "id", "value": "pipeline-"})
        assert found.completion.values == [BOBS]
        refusals = []
        for session_id in (ALICES, "pipeline-1-0000000f"):
            with pytest.raises(MCPError) as refused:
                await client.read_resource(address(session_id))
            refusals.append(refused.value.error.message.replace(session_id, "ID"))
        assert len(set(refusals)) == 1, "it is as if there were none"
        await client.read_resource(address(BOBS))

    _as_bob(era, talk)


def test_it_cannot_be_listened_to() -> None:
    async def talk(client: Client) -> None:
        wanted = [address(ALICES), address(BOBS), address("pipeline-1-0000000f")]
        async with client.listen(resource_subscriptions=wanted) as subscription:
            assert subscription.honored.resource_subscriptions == [address(BOBS)]

    _as_bob("2026-07-28", talk)


@pytest.mark.filterwarnings("ignore:resources/(un)?subscribe is removed")
def test_in_the_older_revision_a_subscription_to_it_is_refused_and_others_end() -> None:
    told: list[str] = []

    async def hear(message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            told.append(f"{message.params.uri}")

    async def talk(client: Client) -> None:
        with pytest.raises(MCPError) as refused:
            await client.subscribe_resource(address(ALICES))
        assert refused.value.error.code == -32002
        heard: list[str] = []
        feed().subscribe(heard.append)
        await client.subscribe_resource(address(BOBS))
        await eventually(lambda: ANY in heard, message="the feed is connected")
        await anyio.to_thread.run_sync(_cancel, BOBS)
        await eventually(lambda: address(BOBS) in told, message="the update comes")
        await client.unsubscribe_resource(address(BOBS))

    async def main() -> None:
        async with Client(make_server(), mode="legacy", message_handler=hear) as client:
            await talk(client)
        left = [task for task in asyncio.all_tasks() if "_Subscriber" in repr(task)]
        await eventually(lambda: all(task.done() for task in left), message="its task has ended")

    with calling(BOB):
        anyio.run(main)


def _cancel(session_id: str) -> None:
    with transaction() as connection:
        sessions.cancel(connection, session_id)


def _as_bob(era: str, talk: Callable[[Client], Any]) -> None:
    async def main() -> None:
        async with Client(make_server(), mode=era) as client:
            await talk(client)

    with calling(BOB):
        anyio.run(main)
