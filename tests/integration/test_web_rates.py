"""What one caller may ask in a minute: counted for all servers together, or by each alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import httpx2
import pytest
from chaos.services import Broker
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline_mcp.server.web.rates import Meter, RateLimit, RefusalLimit

PER_MINUTE = 3


@asynccontextmanager
async def meters(number: int) -> AsyncIterator[list[Meter]]:
    made = [Meter(PER_MINUTE) for _ in range(number)]
    yield made
    for meter in made:
        await meter.close()


async def admitted(meter: Meter, times: int, caller: str = "somebody") -> int:
    """How many of so many requests are let in."""
    return [await meter.seconds_to_wait(caller) for _ in range(times)].count(0.0)


@pytest.mark.usefixtures("external_services")
def test_two_servers_of_a_broker_count_together() -> None:
    async def work() -> None:
        async with meters(2) as (one, two):
            assert await admitted(one, 2) + await admitted(two, 2) == PER_MINUTE
            assert await admitted(two, 1, "somebody else") == 1
            assert 0 < await one.seconds_to_wait("somebody") <= 60

    anyio.run(work)


def test_without_a_broker_each_server_counts_alone(own_broker: Broker) -> None:
    own_broker.kill()

    async def work() -> None:
        async with meters(1) as (meter,):
            assert await admitted(meter, PER_MINUTE + 2) == PER_MINUTE

    anyio.run(work)
    own_broker.start()


@pytest.mark.usefixtures("external_services")
def test_who_sends_bad_tokens_is_soon_not_heard_any_more() -> None:
    async def work() -> None:
        async with meters(1) as (meter,):
            limits = [Middleware(RefusalLimit, meter=meter), Middleware(RateLimit, meter=meter)]
            application = Starlette(routes=[Route("/", _door)], middleware=limits)

            async def ask(address: str, token: str) -> int:
                transport = httpx2.ASGITransport(application, client=(address, 1))
                async with httpx2.AsyncClient(
                    transport=transport, base_url="http://here"
                ) as client:
                    return (await client.get("/", headers={"Authorization": token})).status_code

            tried = [await ask("203.0.113.5", "bad") for _ in range(PER_MINUTE)]
            assert tried == [401] * PER_MINUTE
            assert await ask("203.0.113.5", "good") == 429
            assert await ask("203.0.113.6", "good") == 200
            assert [await ask("127.0.0.1", "bad") for _ in range(9)] == [401] * 9

    anyio.run(work)


async def _door(request: Request) -> Response:
    return Response(status_code=200 if request.headers["Authorization"] == "good" else 401)
