"""The one way to the function of a tool: who may, and the line in the audit that says who did."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, InputRequiredResult
from pydantic import PrivateAttr

from pipeline_mcp.db import audit
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.domain.access import Principal
from pipeline_mcp.domain.event import Action
from pipeline_mcp.errors import ServiceError
from pipeline_mcp.server.access.confirmation import NotConfirmedError
from pipeline_mcp.server.access.principal import current_offer, current_principal
from pipeline_mcp.server.checked import CheckedTool
from pipeline_mcp.server.tasks_extension.standing import session_of_the_task

if TYPE_CHECKING:
    from pipeline_mcp.server.served import ServedTool

logger = logging.getLogger(__name__)

_LONGEST_WORD = 200


class GuardedTool(CheckedTool):
    """Asks for the tool's scope before anything of it runs, its arguments included.

    Every way to a tool leads through here: a plain call, one that a task goes on with, and
    those that the server makes to itself.
    """

    _served: ServedTool = PrivateAttr()

    def serving(self, served: ServedTool) -> GuardedTool:
        """Take the rights of `served`."""
        self._served = served
        return self

    async def run(
        self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False
    ) -> Any:
        """Call the function, and write down that it was called if it changes something.

        Raises:
            ToolError: the caller may not, or what `CheckedTool.run` raises.
        """
        if session_of_the_task() is not None:
            # Whoever has the task may read how its session ended: nothing is done by that.
            return await super().run(arguments, context, convert_result)
        entry = _Entry(self._served, arguments)
        try:
            self._expect_right(arguments)
        except ToolError as refused:
            await entry.write("refused", str(refused))
            raise
        try:
            result = await super().run(arguments, context, convert_result)
        except ToolError as error:
            await entry.write("declined" if _is_no(error) else "error", str(error))
            raise
        except BaseException:
            await entry.write("interrupted", None)
            raise
        if not isinstance(result, InputRequiredResult):
            await entry.write("done", None, result)
        return result

    def _expect_right(self, arguments: Mapping[str, Any]) -> None:
        served, principal = self._served, current_principal()
        if objection := current_offer().objection(served, arguments):
            raise ToolError(objection)
        if not principal.may(served.scope):
            raise ToolError(
                f"{served.name} needs the scope {served.scope}; this token has "
                f"{_words(principal)}. Ask whoever runs the server for a token with it."
            )


def _is_no(error: BaseException | None) -> bool:
    """True if somewhere behind the error is a person who did not want it."""
    return error is not None and (isinstance(error, NotConfirmedError) or _is_no(error.__cause__))


def _words(principal: Principal) -> str:
    return ", ".join(sorted(principal.scopes)) or "none"


class _Entry:
    """What is written of a call: its plain arguments, capped, and what came of it."""

    def __init__(self, served: ServedTool, arguments: Mapping[str, Any]) -> None:
        self._is_wanted = served.changes(arguments)
        self._tool = served.name
        self._session_id = arguments.get("session_id")
        self._arguments = {
            name: value[:_LONGEST_WORD] if isinstance(value, str) else value
            for name, value in arguments.items()
            if isinstance(value, str | bool | int | float)
        }

    async def write(self, outcome: str, reason: str | None, result: Any = None) -> None:
        """Write it down, also for a client that has gone meanwhile."""
        if not self._is_wanted:
            return
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self._write, outcome, reason, self._session(result))

    def _session(self, result: Any) -> str | None:
        """The session that the call named, or that it has started."""
        said = result.structured_content if isinstance(result, CallToolResult) else None
        named = self._session_id or (said or {}).get("session_id")
        return named[:64] if isinstance(named, str) else None

    def _write(self, outcome: str, reason: str | None, session_id: str | None) -> None:
        facts = {"tool": self._tool, "outcome": outcome, "arguments": self._arguments}
        if reason is not None:
            facts["reason"] = reason[:_LONGEST_WORD]
        principal = current_principal().name
        said = (self._tool, principal, outcome)
        try:
            with transaction() as connection:
                audit.record(connection, Action.CALL, session_id, principal=principal, **facts)
        except ServiceError as error:
            # What was done is done, and its own row is of its own transaction.
            logger.error("%s by %s (%s) is not in the audit: %s", *said, error)
