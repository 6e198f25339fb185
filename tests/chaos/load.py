"""Submit sessions at the same time, through every door, until each one is accepted."""

from __future__ import annotations

import random
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from chaos.cluster import Cluster
from chaos.repositories import REPOSITORIES, write_repository
from mcp import Client

from pipeline_mcp.domain.session import RunOptions
from pipeline_mcp.errors import ServiceError
from pipeline_mcp.sessions.resolve import resolve
from pipeline_mcp.sessions.submit import submit

_AT_ONCE = 4
_MCP_SECONDS = 10.0
_PAUSE_SECONDS = 0.3
_PATIENCE_SECONDS = 120.0
_MCP_SHARE = 0.5
_NO_CACHE_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Accepted:
    """A session that a caller was told of; `refused` counts the calls that failed before."""

    session_id: str
    repository: str
    door: str
    refused: int


class RefusedError(Exception):
    """The call failed: nobody was promised anything."""


class Load:
    """The callers; each one's choices come from the seed and its number alone."""

    def __init__(self, cluster: Cluster, seed: int) -> None:
        self._cluster = cluster
        self._seed = seed
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="caller")
        self._calls: list[Future[Accepted | None]] = []
        self.repositories: dict[str, str] = {}

    def __enter__(self) -> Load:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)

    def begin(self, number: int) -> None:
        """Let caller `number` submit its session, and try again until it is accepted."""
        chance = random.Random(f"{self._seed}/session/{number}")
        name = chance.choice(sorted(REPOSITORIES))
        place = self._cluster.root / "workspaces" / f"{number}"
        write_repository(name, place, copy=number)
        self.repositories[str(place)] = name
        self._calls.append(self._pool.submit(self._insist, place, name, chance))

    def settled(self) -> bool:
        """True once no caller waits any more."""
        return all(call.done() for call in self._calls)

    def accepted(self) -> list[Accepted]:
        """The sessions that were accepted so far."""
        answers = [call.result() for call in self._calls if call.done()]
        return [answer for answer in answers if answer is not None]

    def _insist(self, place: Path, name: str, chance: random.Random) -> Accepted | None:
        door = "mcp" if chance.random() < _MCP_SHARE else "library"
        options = RunOptions(
            path=str(place),
            use_cache=chance.random() > _NO_CACHE_SHARE,
            priority=chance.choice((3, 5, 7)),
            attached=False,
            origin="chaos",
        )
        for refused in range(round(_PATIENCE_SECONDS / _PAUSE_SECONDS)):
            try:
                call = self._through_mcp if door == "mcp" else _through_library
                return Accepted(call(options), name, door, refused)
            except RefusedError:
                if self._stop.wait(_PAUSE_SECONDS):
                    return None
        return None

    def _through_mcp(self, options: RunOptions) -> str:
        async def scan() -> Any:
            with anyio.fail_after(_MCP_SECONDS):
                async with Client(self._cluster.mcp_url) as client:
                    return await client.call_tool(
                        "version_keeper_scan", {"workspace": options.path}
                    )

        try:
            answer = anyio.run(scan)
        except Exception as error:  # a killed server shows itself in many ways
            raise RefusedError(f"{error!r}") from error
        if answer.is_error:
            raise RefusedError(f"{answer.content}")
        session_id: str = answer.structured_content["session_id"]
        return session_id


def _through_library(options: RunOptions) -> str:
    try:
        return submit(resolve(options))
    except ServiceError as error:
        raise RefusedError(error.message) from error
