"""What a tool of the server is: a function, what it may do to the world, and who may call it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from mcp.server.mcpserver.tools import Tool
from mcp.types import ToolAnnotations

from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.server.access.guarded import GuardedTool
from pipeline_mcp.server.envelope import Envelope
from pipeline_mcp.server.tasks_extension.support import TaskSupport


class Effect(Enum):
    """What calling a tool does, in the protocol's four hints."""

    READS = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    STARTS = ToolAnnotations(
        read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False
    )
    CONTINUES = ToolAnnotations(
        read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    OVERWRITES = ToolAnnotations(
        read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
    )
    REWRITES = ToolAnnotations(
        read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False
    )
    PUBLISHES = ToolAnnotations(
        read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=True
    )
    REACHES_OUT = ToolAnnotations(
        read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=True
    )


@dataclass(frozen=True, slots=True)
class ServedTool:
    """A tool: its function (name, parameters and docstring are the tool's), title and rights.

    `toolset` is the group by which an operator or a client chooses tools. `task` says how it is
    answered where the client can follow a task. `changing` says by the arguments whether a
    call changes something; without it every call does so unless the tool only reads.
    """

    function: Callable[..., Awaitable[Envelope]]
    title: str
    scope: AccessScope
    effect: Effect
    toolset: str
    task: TaskSupport | None = None
    changing: Callable[[Mapping[str, Any]], bool] | None = None

    @property
    def name(self) -> str:
        """What clients call it by."""
        return self.function.__name__

    @property
    def always_changes(self) -> bool:
        """True if there is no way to call it that only reads."""
        return self.effect is not Effect.READS and self.changing is None

    def changes(self, arguments: Mapping[str, Any]) -> bool:
        """True if a call with these arguments, which nobody has checked, changes something."""
        return self.always_changes if self.changing is None else self.changing(arguments)

    def as_sdk_tool(self) -> Tool:
        """The tool as the SDK serves it, with what its docstring says on one line."""
        tool = GuardedTool.from_function(
            self.function,
            title=self.title,
            description=" ".join((self.function.__doc__ or "").split()),
            annotations=self.effect.value,
        )
        return cast(GuardedTool, tool).serving(self)


def served(
    title: str,
    *,
    scope: AccessScope,
    effect: Effect,
    toolset: str,
    task: TaskSupport | None = None,
    changing: Callable[[Mapping[str, Any]], bool] | None = None,
) -> Callable[[Callable[..., Awaitable[Envelope]]], ServedTool]:
    """Make a function a tool of the server."""

    def serve(function: Callable[..., Awaitable[Envelope]]) -> ServedTool:
        return ServedTool(function, title, scope, effect, toolset, task, changing)

    return serve
