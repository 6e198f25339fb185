"""All checks, in both revisions of the protocol, within a limit of time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import anyio
from mcp.server.mcpserver import MCPServer

from pipeline_mcp.errors import PipelineError
from pipeline_mcp.server.compliance import calls, catalogue, listing
from pipeline_mcp.server.compliance.exchange import REVISIONS, Exchange, exchange
from pipeline_mcp.server.compliance.verdict import Verdict, summary

# A tool that hangs fails the examination; it does not hold it up.
_MOST_SECONDS = 10.0
_is_examining: ContextVar[bool] = ContextVar("is_examining", default=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at; `itself` is the tool that asked, which is not called."""

    tools: bool = True
    schemas: bool = True
    errors: bool = True
    itself: str = ""


async def examine(server: MCPServer[Any], lifespan_state: Any, scope: Scope) -> dict[str, Any]:
    """Talk to the server as a client does; tools that change something are not called.

    Raises:
        PipelineError: the server is being examined, and somebody called this from there.
    """
    if _is_examining.get():
        raise PipelineError("The server is examining itself, and cannot do so within that.")
    token = _is_examining.set(True)
    try:
        verdicts = [
            verdict
            for revision in REVISIONS
            for verdict in await _in_time(server, lifespan_state, revision, scope)
        ]
    finally:
        _is_examining.reset(token)
    return {
        "server_name": server.name,
        "server_version": server.version,
        "mcp_version": next(reversed(REVISIONS)),
        "mcp_versions": list(REVISIONS),
        **summary(verdicts),
    }


async def _in_time(
    server: MCPServer[Any], lifespan_state: Any, revision: str, scope: Scope
) -> list[Verdict]:
    verdicts: list[Verdict] = []
    with anyio.move_on_after(_MOST_SECONDS / len(REVISIONS)) as limit:
        async with exchange(server, lifespan_state, revision) as connection:
            async for verdict in _verdicts(connection, revision, scope):
                verdicts.append(verdict)  # noqa: PERF401 - those made so far count if time runs out
    if limit.cancelled_caught:
        said = f"after {len(verdicts)} checks the next one had no answer in time"
        advice = "See which tool of those that only read does not answer."
        verdicts.append(Verdict("every check has an answer", revision, said, advice))
    return verdicts


async def _verdicts(connection: Exchange, revision: str, scope: Scope) -> AsyncIterator[Verdict]:
    for verdict in catalogue.connected(connection, revision):
        yield verdict
    tools, could_list = await listing.listed(connection)
    yield could_list
    readers = calls.only_read(tools, but=scope.itself)
    if scope.schemas:
        for verdict in listing.schemas(tools, revision):
            yield verdict
    if scope.tools:
        for verdict in listing.described(tools, revision):
            yield verdict
        async for verdict in calls.good_calls(connection, readers):
            yield verdict
        async for verdict in catalogue.lists(connection):
            yield verdict
    if scope.errors:
        async for verdict in calls.wrong_calls(connection, readers):
            yield verdict
        async for verdict in catalogue.refusals(connection):
            yield verdict
