"""Calls that go on in this process after their client has got a task for them."""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from typing import Any, TypeAlias

import anyio
import anyio.to_thread
from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INTERNAL_ERROR,
    CallToolResult,
    ErrorData,
    InputRequiredResult,
)

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db.retries import through_outages
from pipeline_mcp.domain.task import Claim, Round
from pipeline_mcp.server.tasks_extension import ledger
from pipeline_mcp.server.tasks_extension.calling import call_tool, dumped
from pipeline_mcp.server.tasks_extension.detached import detached
from pipeline_mcp.server.tasks_extension.standing import for_a_task
from pipeline_mcp.server.tasks_extension.wire import expect_able

logger = logging.getLogger(__name__)

_PROGRESS_SECONDS = 1.0
# A tool that asks nothing and is not done either wants to be called again a little later.
_AGAIN_SECONDS = 1.0
_STOPPED = "The server that did this call was stopped; call the tool again."

Ended: TypeAlias = CallToolResult | InputRequiredResult | ErrorData


class Rounds:
    """The rounds that this process works on, by the ids of their tasks."""

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[None]] = {}

    def start(
        self, server: MCPServer[Any], ctx: ServerRequestContext[Any, Any], begun: Round
    ) -> None:
        """Do the round in the background; whatever comes of it is written into the task's row."""
        task_id = begun.claim.task_id
        running = asyncio.create_task(_work(server, ctx, begun), name=task_id)
        self._running[task_id] = running
        running.add_done_callback(lambda _done: self._forget(task_id, running))

    def stop(self, task_id: str) -> None:
        """End the work on a task that is cancelled, if it is done here."""
        if running := self._running.get(task_id):
            running.cancel()

    async def close(self) -> None:
        """End the work on all tasks, which thereby fail, and wait until that is written."""
        running = list(self._running.values())
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _forget(self, task_id: str, running: asyncio.Task[None]) -> None:
        if not running.cancelled() and (error := running.exception()):
            # The database is away for too long: the lease runs out, and so the task fails.
            logger.error("The round of %s could not be written", task_id, exc_info=error)
        # A next round may have taken its place.
        if self._running.get(task_id) is running:
            del self._running[task_id]


async def _work(server: MCPServer[Any], ctx: ServerRequestContext[Any, Any], begun: Round) -> None:
    ended: list[Ended] = []
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(_keep, begun.claim, group.cancel_scope)
            ended.append(await _ended(server, ctx, begun))
            group.cancel_scope.cancel()
    except asyncio.CancelledError:
        # A task that was cancelled is final already, and this changes nothing.
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(ledger.fail, begun.claim, _error(_STOPPED))
        raise
    if ended:
        await anyio.to_thread.run_sync(through_outages, partial(_write, begun.claim, ended[0]))


async def _ended(
    server: MCPServer[Any], ctx: ServerRequestContext[Any, Any], begun: Round
) -> Ended:
    quiet = detached(ctx, _Progress(begun.claim))
    try:
        with for_a_task():
            result = await call_tool(server, quiet, begun.call, begun)
        while isinstance(result, InputRequiredResult) and not result.input_requests:
            await anyio.sleep(_AGAIN_SECONDS)
            again = Round(begun.claim, begun.call, state=result.request_state)
            result = await call_tool(server, quiet, again.call, again)
        if isinstance(result, InputRequiredResult):
            expect_able(quiet, result.input_requests or {})
    except MCPError as error:
        return error.error
    except Exception:
        logger.exception("The call of %s failed in a task", begun.call.tool)
        return ErrorData(code=INTERNAL_ERROR, message="Internal server error")
    return result


def _write(claim: Claim, ended: Ended) -> None:
    if isinstance(ended, ErrorData):
        ledger.fail(claim, ended.model_dump(mode="json", exclude_none=True))
    elif isinstance(ended, CallToolResult):
        ledger.complete(claim, dumped(ended))
    else:
        asked = ended.model_dump(mode="json", by_alias=True, exclude_none=True)
        ledger.ask(claim, asked["inputRequests"], state=ended.request_state)


def _error(said: str) -> dict[str, Any]:
    return {"code": INTERNAL_ERROR, "message": said}


async def _keep(claim: Claim, scope: anyio.CancelScope) -> None:
    """Keep the lease, and end the work once the task is cancelled, here or by another server."""
    pause = min(settings().heartbeat_seconds, settings().lease_seconds / 3)
    while True:
        await anyio.sleep(pause)
        is_ours = partial(ledger.keep, claim)
        if not await anyio.to_thread.run_sync(through_outages, is_ours):
            scope.cancel()


class _Progress:
    """What the tool reports becomes the message of the task, once a second at most."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._told = -_PROGRESS_SECONDS

    async def __call__(self, message: str) -> None:
        now = time.monotonic()
        if now - self._told >= _PROGRESS_SECONDS:
            self._told = now
            await anyio.to_thread.run_sync(ledger.tell, self._claim, message)
