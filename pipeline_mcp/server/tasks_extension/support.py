"""Which tools may be answered with a task, and how the work behind it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline_mcp.domain.task import TaskKind

Arguments = Mapping[str, Any]


def _always(_arguments: Arguments) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class TaskSupport:
    """How a tool becomes a task for clients that can follow one.

    `SESSION`: the tool answers with the handle of a session, which does the work; any server can
    say how it stands, and nothing is lost with a server. `CALL`: the tool's function does the
    work, in the server that was called, and dies with it.

    `is_required`: without a task the tool cannot be called at all. `asks_first`: what the tool asks
    in its first round is asked in the call itself; the answers make the task. `applies` says by
    the arguments whether the work is long enough for a task.
    """

    kind: TaskKind
    is_required: bool = False
    asks_first: bool = False
    applies: Callable[[Arguments], bool] = _always


FOLLOWS_SESSION = TaskSupport(TaskKind.SESSION)
