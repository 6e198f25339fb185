"""Tasks and their methods as they go over the wire."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import MCP_NAME_HEADER, decode_header_value
from mcp.types import (
    HEADER_MISMATCH,
    INVALID_PARAMS,
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CreateMessageResult,
    CreateMessageResultWithTools,
    ElicitResult,
    InputRequests,
    ListRootsResult,
    Notification,
    RequestParams,
)
from pydantic import Field, TypeAdapter, ValidationError

from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.task import Task, TaskStatus

IDENTIFIER = "io.modelcontextprotocol/tasks"
POLL_INTERVAL_MS = 1000
_DAY_SECONDS = 24 * 3600


class TaskParams(RequestParams):
    """Which task is meant."""

    task_id: str


class UpdateTaskParams(TaskParams):
    """Answers to open questions, by their keys."""

    input_responses: dict[str, Any] = Field(max_length=100)


class TaskNotification(Notification[dict[str, Any], Literal["notifications/tasks"]]):
    """A task has changed; the parameters are what `tasks/get` would give."""

    method: Literal["notifications/tasks"] = "notifications/tasks"


def created(task: Task) -> dict[str, Any]:
    """The answer to the call that became the task."""
    return {"resultType": "task", **_standing(task)}


def detailed(task: Task) -> dict[str, Any]:
    """The task with all that its status brings: open questions, the result, or the error."""
    wire = _standing(task)
    if task.status is TaskStatus.INPUT_REQUIRED:
        wire["inputRequests"] = task.requests
    if task.status is TaskStatus.COMPLETED:
        wire["result"] = task.result
    if task.status is TaskStatus.FAILED:
        wire["error"] = task.error
    return wire


def _standing(task: Task) -> dict[str, Any]:
    wire: dict[str, Any] = {
        "taskId": task.task_id,
        "status": task.status.value,
        "createdAt": _iso(task.created_at),
        "lastUpdatedAt": _iso(task.updated_at),
        "ttlMs": _ttl_ms(task),
        "pollIntervalMs": POLL_INTERVAL_MS,
    }
    if task.message:
        wire["statusMessage"] = task.message
    return wire


def _ttl_ms(task: Task) -> int | None:
    """From its creation to the end of its retention, which begins once nobody works on it."""
    days = settings().retention_days
    if not days or task.status is TaskStatus.WORKING:
        return None
    return round((task.updated_at - task.created_at + days * _DAY_SECONDS) * 1000)


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")


_ANSWERS: dict[str, TypeAdapter[Any]] = {
    "elicitation/create": TypeAdapter(ElicitResult),
    "sampling/createMessage": TypeAdapter(CreateMessageResult | CreateMessageResultWithTools),
    "roots/list": TypeAdapter(ListRootsResult),
}


def expect_answers(task: Task, responses: dict[str, Any]) -> None:
    """Let answers pass that fit the open questions; what answers none is not looked at.

    Raises:
        MCPError: an answer has not the shape that its question asks for.
    """
    for key in _open(task, responses):
        method = task.requests[key]["method"]
        try:
            _ANSWERS[method].validate_python(responses[key])
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the answer"
            said = f"inputResponses[{key!r}] is no answer to {method}: {where}: {first['msg']}"
            raise MCPError(INVALID_PARAMS, said) from error


_NEEDS = {
    "elicitation/create": "elicitation",
    "sampling/createMessage": "sampling",
    "roots/list": "roots",
}


def expect_able(ctx: ServerRequestContext[Any, Any], requests: InputRequests) -> None:
    """Let questions pass that the client has said it can answer.

    Raises:
        MCPError: it has not; nobody would ever answer them.
    """
    for method in sorted({request.method for request in requests.values()}):
        name = _NEEDS[method]
        if getattr(ctx.session.client_capabilities, name, None) is None:
            said = f"This call asks its client by {method}, which needs the capability {name}."
            data: dict[str, Any] = {"requiredCapabilities": {name: {}}}
            raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, said, data)


def expect_routed(ctx: ServerRequestContext[Any, Any], task_id: str) -> None:
    """Over HTTP, let requests pass whose `Mcp-Name` header is the task: proxies route by that.

    Raises:
        MCPError: the header is missing, or names something else.
    """
    headers = getattr(ctx.request, "headers", None)
    if headers is not None and decode_header_value(headers.get(MCP_NAME_HEADER)) != task_id:
        said = f"The {MCP_NAME_HEADER} header must be the request's taskId."
        raise MCPError(HEADER_MISMATCH, said)


def _open(task: Task, responses: dict[str, Any]) -> Iterable[str]:
    return (key for key in responses if key in task.requests)
