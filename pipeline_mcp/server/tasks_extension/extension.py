"""The Tasks extension, `io.modelcontextprotocol/tasks`: long calls are answered with a handle."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar

import anyio.to_thread
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.server.mcpserver import MCPServer, require_client_extension
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    InputRequiredResult,
)
from mcp.types.version import MODERN_PROTOCOL_VERSIONS

from pipeline_mcp.domain.task import Call, Task, TaskKind, TaskStatus
from pipeline_mcp.errors import UnknownTaskError
from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.server.tasks_extension import ledger
from pipeline_mcp.server.tasks_extension.calling import call_tool, dumped
from pipeline_mcp.server.tasks_extension.detached import detached
from pipeline_mcp.server.tasks_extension.rounds import Rounds
from pipeline_mcp.server.tasks_extension.standing import repeating
from pipeline_mcp.server.tasks_extension.support import TaskSupport
from pipeline_mcp.server.tasks_extension.wire import (
    IDENTIFIER,
    TaskParams,
    UpdateTaskParams,
    created,
    detailed,
    expect_answers,
    expect_routed,
)

Ctx: TypeAlias = ServerRequestContext[Any, Any]
Answer = TypeVar("Answer")
_VERSIONS = frozenset(MODERN_PROTOCOL_VERSIONS)


class TasksExtension(Extension):
    """Answers calls of the tools in `support` with tasks, and serves `tasks/get|update|cancel`."""

    identifier = IDENTIFIER

    def __init__(self, support: Mapping[str, TaskSupport]) -> None:
        self._support = dict(support)
        self._rounds = Rounds()

    def serve(self, server: MCPServer[Any]) -> None:
        """Call the tools of this server, to which the extension belongs."""
        self._server = server

    @asynccontextmanager
    async def running(self, _server: MCPServer[Any]) -> AsyncIterator[None]:
        """The life of the server; what it still works on at its end fails."""
        try:
            yield
        finally:
            await self._rounds.close()

    def methods(self) -> tuple[MethodBinding, ...]:
        """The three methods; under earlier revisions of the protocol there are none."""
        return (
            MethodBinding("tasks/get", TaskParams, self._get, _VERSIONS),
            MethodBinding("tasks/update", UpdateTaskParams, self._update, _VERSIONS),
            MethodBinding("tasks/cancel", TaskParams, self._cancel, _VERSIONS),
        )

    async def intercept_tool_call(
        self, params: CallToolRequestParams, ctx: Ctx, call_next: CallNext
    ) -> HandlerResult:
        """The tool's own answer, or a task in its place where the client can follow one."""
        call = Call(params.name, params.arguments or {})
        support = self._support.get(call.tool)
        if support is None or not support.applies(call.arguments):
            return await call_next(ctx)
        if not declares_tasks(ctx):
            if support.is_required:
                require_client_extension(ctx, IDENTIFIER)
            return await call_next(ctx)
        if support.kind is TaskKind.SESSION:
            return await _follow_session(call, await call_next(ctx))
        if support.asks_first and not params.input_responses:
            return await call_next(ctx)
        return await self._begin(call, params, ctx)

    async def _begin(self, call: Call, params: CallToolRequestParams, ctx: Ctx) -> HandlerResult:
        task, begun = await _in_thread(ledger.open_for_call, call, current_principal())
        said = params.model_dump(mode="json", by_alias=True, exclude_none=True)
        first = dataclasses.replace(
            begun, responses=said.get("inputResponses", {}), state=params.request_state
        )
        self._rounds.start(self._server, ctx, first)
        return created(task)

    async def _get(self, ctx: Ctx, params: TaskParams) -> HandlerResult:
        _expect_client(ctx, params)
        return detailed(await self.standing(ctx, params.task_id))

    async def standing(self, ctx: Ctx, task_id: str) -> Task:
        """The task as it stands, with its result if it has one.

        Raises:
            MCPError: the caller has no such task.
        """
        task = await _known(ledger.find, task_id, current_principal())
        if task.session_id is None or task.status is not TaskStatus.COMPLETED:
            return task
        with repeating(task.session_id):
            try:
                result = await call_tool(self._server, detached(ctx), task.call)
            except MCPError as error:
                said = error.error.model_dump(mode="json", exclude_none=True)
                return dataclasses.replace(task, status=TaskStatus.FAILED, error=said)
        if isinstance(result, InputRequiredResult):
            raise TypeError(f"{task.call.tool} asks before it tells of a session that has ended")
        return dataclasses.replace(task, result=dumped(result))

    async def _update(self, ctx: Ctx, params: UpdateTaskParams) -> HandlerResult:
        _expect_client(ctx, params)
        principal = current_principal()
        task = await _known(ledger.find, params.task_id, principal)
        expect_answers(task, params.input_responses)
        begun = await _known(ledger.answer, params.task_id, params.input_responses, principal)
        if begun is not None:
            self._rounds.start(self._server, ctx, begun)
        return {}

    async def _cancel(self, ctx: Ctx, params: TaskParams) -> HandlerResult:
        _expect_client(ctx, params)
        await _known(ledger.cancel, params.task_id, current_principal())
        self._rounds.stop(params.task_id)
        return {}


def declares_tasks(ctx: Ctx) -> bool:
    """True if the client says with this request that it can follow a task."""
    capabilities = ctx.session.client_capabilities
    declared = (capabilities and capabilities.extensions) or {}
    return ctx.protocol_version in _VERSIONS and IDENTIFIER in declared


def _expect_client(ctx: Ctx, params: TaskParams) -> None:
    require_client_extension(ctx, IDENTIFIER)
    expect_routed(ctx, params.task_id)


async def _follow_session(call: Call, answer: HandlerResult) -> HandlerResult:
    """The task of the session that the tool has started, if that is not over already."""
    said = answer.structured_content if isinstance(answer, CallToolResult) else None
    if not isinstance(said, dict) or said.get("status") != "accepted" or not said.get("session_id"):
        return answer
    session_id = str(said["session_id"])
    return created(await _in_thread(ledger.open_for_session, call, session_id, current_principal()))


async def _in_thread(work: Callable[..., Answer], *arguments: Any) -> Answer:
    return await anyio.to_thread.run_sync(work, *arguments)


async def _known(work: Callable[..., Answer], *arguments: Any) -> Answer:
    """The same, where the caller may have named a task that is not his.

    Raises:
        MCPError: he has no such task.
    """
    try:
        return await _in_thread(work, *arguments)
    except UnknownTaskError as error:
        raise MCPError(INVALID_PARAMS, f"{error.message} {error.next_step}") from error
