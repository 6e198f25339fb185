"""The answer of every tool: the same five fields, as text and as structured content."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, ContentBlock, ResourceLink, TextContent
from pydantic import BaseModel

from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.server.mistakes import explanation
from pipeline_mcp.server.size import bounded, presentable

_RESOURCES = "pipeline://"
EnvelopeStatus = Literal["success", "partial", "error", "accepted"]


class Envelope(BaseModel):
    """What every tool answers; `execution_time` is in seconds, of this call.

    `results.status` is the session's own word, `results.current_stage` its stage.
    """

    tool: str
    session_id: str | None = None
    status: EnvelopeStatus
    execution_time: float
    results: dict[str, Any]

    def as_result(self) -> CallToolResult:
        """The same twice: clients read either the text or the structured content, never both.

        What the results name as artifacts of ours are links to resources besides.
        """
        content: list[ContentBlock] = [TextContent(type="text", text=self.model_dump_json())]
        content.extend(
            ResourceLink(uri=artifact["path"], name=artifact["type"])
            for artifact in self.results.get("artifacts", ())
            if artifact["path"].startswith(_RESOURCES)
        )
        return CallToolResult(content=content, structured_content=self.model_dump(mode="json"))


_STATUSES: dict[SessionStatus, EnvelopeStatus] = {
    SessionStatus.QUEUED: "accepted",
    SessionStatus.RUNNING: "accepted",
    SessionStatus.PASSED: "success",
    SessionStatus.FAILED: "success",
    SessionStatus.INCOMPLETE: "partial",
    SessionStatus.CANCELLED: "partial",
}


def envelope_status(status: SessionStatus) -> EnvelopeStatus:
    """`success` says that the work was done, not that the gate passed."""
    return _STATUSES[status]


async def answer(
    tool: str, work: Callable[[], Awaitable[tuple[str | None, EnvelopeStatus, dict[str, Any]]]]
) -> Envelope:
    """Do the work, and wrap its session, status and results.

    Whatever the results are made of, here they become visible and small enough.

    Raises:
        ToolError: the caller's mistake, as a sentence with what to do next.
    """
    started = time.monotonic()
    try:
        session_id, status, results = await work()
    except PipelineError as error:
        raise ToolError(explanation(error)) from error
    return Envelope(
        tool=tool,
        session_id=session_id,
        status=status,
        execution_time=round(time.monotonic() - started, 3),
        results=bounded(presentable(results)),
    )
