"""A caller's mistake as an answer that is sufficient alone: what failed, and the next call."""

from __future__ import annotations

from pipeline_mcp.errors import (
    PipelineError,
    RepeatedKeyError,
    ServiceError,
    TransientServiceError,
    UnknownSessionError,
)
from pipeline_mcp.server.size import clip, presentable

_LONGEST = 2_000
# Of these the error itself speaks of the command line, or has no word on what to do.
_NEXT_CALLS: tuple[tuple[type[PipelineError], str], ...] = (
    (UnknownSessionError, "Call pipeline_status without session_id to list the sessions."),
    (RepeatedKeyError, "Send another idempotency_key, or the arguments of the first call."),
    (TransientServiceError, "Call again in a few seconds; nothing is lost."),
    (
        ServiceError,
        "Whoever runs the server has to look: `pipeline-mcp doctor` helps.",
    ),
)


def explanation(error: PipelineError) -> str:
    """What went wrong and what to do next, visible and short."""
    calls = (call for kind, call in _NEXT_CALLS if isinstance(error, kind))
    said = clip(str(presentable(error.message)), _LONGEST)
    return " ".join(filter(None, (said, presentable(next(calls, error.next_step)))))
