"""`subscriptions/listen` for tasks: their changes on the client's stream, from any server."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any, TypeAlias, cast

import anyio
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import require_client_extension
from mcp.server.session import ServerSession
from mcp.server.subscriptions import SUBSCRIPTION_ID_META_KEY
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, RequestId, ServerNotification
from mcp.types import SubscriptionsAcknowledgedNotification as Acknowledged

from pipeline_mcp.errors import PipelineError
from pipeline_mcp.server.tasks_extension.extension import TasksExtension
from pipeline_mcp.server.tasks_extension.wire import (
    IDENTIFIER,
    POLL_INTERVAL_MS,
    TaskNotification,
    detailed,
)

logger = logging.getLogger(__name__)

Ctx: TypeAlias = ServerRequestContext[Any, Any]
_MOST_TASKS = 100


class TaskSubscriptions:
    """Middleware that adds tasks to the streams of `subscriptions/listen`.

    The database says how tasks stand, so it is asked as often as a client might: a server that
    does the work need not know who listens where.
    """

    def __init__(self, tasks: TasksExtension) -> None:
        self._tasks = tasks

    async def __call__(self, ctx: Ctx, call_next: CallNext) -> HandlerResult:
        """Serve the stream, with `notifications/tasks` on it for the tasks that are asked for."""
        asked = _asked(ctx)
        if not asked:
            return await call_next(ctx)
        require_client_extension(ctx, IDENTIFIER)
        states = {task_id: state for task_id in asked if (state := await self._state(ctx, task_id))}
        session = _Session(ctx.session, list(states))
        ended: HandlerResult | MCPError = None
        async with anyio.create_task_group() as group:
            group.start_soon(self._tell, ctx, session.acknowledged, states)
            try:
                ended = await call_next(
                    dataclasses.replace(ctx, session=cast(ServerSession, session))
                )
            except MCPError as error:
                ended = error
            group.cancel_scope.cancel()
        if isinstance(ended, MCPError):
            raise ended
        return ended

    async def _tell(
        self, ctx: Ctx, acknowledged: anyio.Event, states: dict[str, dict[str, Any]]
    ) -> None:
        """Tell how the tasks stand, and then of every change, until all are final."""
        await acknowledged.wait()
        told: dict[str, dict[str, Any]] = {}
        while states:
            for task_id, state in states.items():
                if state != told.get(task_id):
                    await _send(ctx, state)
            told |= states
            await anyio.sleep(POLL_INTERVAL_MS / 1000)
            open_ones = [each for each, state in states.items() if not _is_final(state)]
            states = {each: await self._state(ctx, each) or told[each] for each in open_ones}

    async def _state(self, ctx: Ctx, task_id: str) -> dict[str, Any] | None:
        """What `tasks/get` would say; None where there is no such task, or no answer for now."""
        try:
            return detailed(await self._tasks.standing(ctx, task_id))
        except (MCPError, PipelineError) as error:
            logger.info("no state of %r: %s", task_id[:80], error)
            return None


def _is_final(state: dict[str, Any]) -> bool:
    return state["status"] in ("completed", "failed", "cancelled")


async def _send(ctx: Ctx, state: dict[str, Any]) -> None:
    meta = {SUBSCRIPTION_ID_META_KEY: ctx.request_id}
    notification = TaskNotification(params={**state, "_meta": meta})
    await ctx.session.send_notification(
        cast(ServerNotification, notification), related_request_id=ctx.request_id
    )


def _asked(ctx: Ctx) -> list[str]:
    """The tasks that the client wants to hear of.

    Raises:
        MCPError: `taskIds` is not a list of so many ids.
    """
    if ctx.method != "subscriptions/listen":
        return []
    wanted = (ctx.params or {}).get("notifications")
    asked = wanted.get("taskIds") if isinstance(wanted, dict) else None
    if asked is None:
        return []
    is_list = isinstance(asked, list) and len(asked) <= _MOST_TASKS
    if not is_list or not all(isinstance(task_id, str) for task_id in asked):
        said = f"notifications.taskIds must be a list of at most {_MOST_TASKS} task ids."
        raise MCPError(INVALID_PARAMS, said)
    return list(dict.fromkeys(asked))


class _Session:
    """The client's session, which adds the tasks to what the stream's acknowledgement names."""

    def __init__(self, session: ServerSession, task_ids: list[str]) -> None:
        self._session = session
        self._task_ids = task_ids
        self.acknowledged = anyio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    async def send_notification(
        self, notification: ServerNotification, related_request_id: RequestId | None = None
    ) -> None:
        """Pass the notification on; nothing of a task may go out before the acknowledgement."""
        if isinstance(notification, Acknowledged):
            params = notification.params
            honoured = params.notifications.model_copy(update={"taskIds": self._task_ids})
            notification = Acknowledged(
                params=params.model_copy(update={"notifications": honoured})
            )
        await self._session.send_notification(notification, related_request_id)
        if isinstance(notification, Acknowledged):
            self.acknowledged.set()
