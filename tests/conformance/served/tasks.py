"""Tools of the suite that are answered with a task, by the server's own Tasks extension."""

from __future__ import annotations

from typing import Any

import anyio
from conformance.served.input_required import Answer, elicit, elicited
from mcp import MCPError
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import INTERNAL_ERROR, InputRequiredResult

from pipeline_mcp.domain.task import TaskKind
from pipeline_mcp.server.tasks_extension.support import TaskSupport


async def greet(name: str) -> str:
    """Greet somebody, never as a task."""
    return f"Hello, {name}!"


async def slow_compute(seconds: float, label: str = "nothing") -> str:
    """Take some time."""
    with anyio.move_on_after(seconds):
        await anyio.sleep_forever()
    return f"Computed {label} for {seconds:g} s."


async def failing_job() -> str:
    """Fail, always."""
    raise ToolError("This job fails intentionally")


async def protocol_error_job() -> str:
    """End with an error of the protocol."""
    raise MCPError(INTERNAL_ERROR, "This job breaks intentionally")


async def confirm_delete(ctx: Context[Any, Any], filename: str) -> Answer:
    """Ask before deleting, and delete nothing."""
    if form := elicited(ctx, "confirm"):
        return f"Confirmed: {form.get('confirm')}"
    asked = elicit(f"Delete {filename}?", confirm="boolean")
    return InputRequiredResult(input_requests={"confirm": asked})


async def multi_input(ctx: Context[Any, Any]) -> Answer:
    """Ask two questions at once."""
    if elicited(ctx, "first") and elicited(ctx, "second"):
        return "Both questions are answered."
    asked = {key: elicit(f"The {key} name?", name="string") for key in ("first", "second")}
    return InputRequiredResult(input_requests=dict(asked))


async def test_tool_with_task(ctx: Context[Any, Any]) -> Answer:
    """Ask for a name in the call itself, and greet in a task."""
    if form := elicited(ctx, "user_name"):
        return f"Hello, {form.get('name')}!"
    asked = elicit("What is your name?", name="string")
    return InputRequiredResult(input_requests={"user_name": asked}, request_state="asked")


TOOLS = (
    greet,
    slow_compute,
    failing_job,
    protocol_error_job,
    confirm_delete,
    multi_input,
    test_tool_with_task,
)

_IN_PROCESS = TaskSupport(TaskKind.CALL)
SUPPORT = {
    "slow_compute": _IN_PROCESS,
    "failing_job": TaskSupport(TaskKind.CALL, is_required=True),
    "protocol_error_job": _IN_PROCESS,
    "confirm_delete": _IN_PROCESS,
    "multi_input": _IN_PROCESS,
    "test_tool_with_task": TaskSupport(TaskKind.CALL, is_required=True, asks_first=True),
}
