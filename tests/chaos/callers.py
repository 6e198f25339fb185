"""The doors: how a caller submits, applies and undoes, through MCP or with the library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
from chaos.kinds import MOST_CYCLES, MOST_FIXES, Kind, plan_of
from mcp import Client

from pipeline_mcp.domain.application import Direction, Wish
from pipeline_mcp.domain.session import RunOptions, SessionRequest, Submission
from pipeline_mcp.errors import PipelineError, ServiceError
from pipeline_mcp.sessions.applying import fulfil
from pipeline_mcp.sessions.resolve import resolve
from pipeline_mcp.sessions.submit import submit

_MCP_SECONDS = 10.0


class RefusedError(Exception):
    """The call failed: nobody was promised anything."""


class Library:
    """A caller in this process."""

    name = "library"

    def submit(self, place: Path, kind: Kind, key: str, *, use_cache: bool, priority: int) -> str:
        """Give the session's id, the same one whenever it is called again with the key."""
        options = RunOptions(
            path=str(place),
            use_cache=use_cache,
            priority=priority,
            attached=False,
            origin="chaos",
            fix=plan_of(kind),
        )
        try:
            return self.submit_request(resolve(options), key)
        except ServiceError as error:
            raise RefusedError(error.message) from error

    def submit_request(self, request: SessionRequest, key: str) -> str:
        """As `submit`."""
        try:
            return submit(request, once=Submission(key, key))
        except ServiceError as error:
            raise RefusedError(error.message) from error

    def bring(self, session_id: str, direction: Direction) -> None:
        """Apply the session's patch, or undo it."""
        try:
            fulfil(session_id, Wish(direction))
        except PipelineError as error:
            raise RefusedError(error.message) from error


class Mcp(Library):
    """A client of the MCP server, for what an agent would do there."""

    name = "mcp"

    def __init__(self, url: str) -> None:
        self._url = url

    def submit(self, place: Path, kind: Kind, key: str, *, use_cache: bool, priority: int) -> str:
        arguments: dict[str, Any] = {
            "workspace": str(place),
            "options": {"use_cache": use_cache, "priority": priority},
            "idempotency_key": key,
        }
        if kind is Kind.UNDONE:
            arguments |= {
                "max_cycles": MOST_CYCLES,
                "max_fixes_per_cycle": MOST_FIXES,
                "target_quality_score": 100,
                "break_on_no_issues": False,
            }
            return self._call("pipeline_run_full", arguments)
        return self._call("version_keeper_scan", arguments)

    def bring(self, session_id: str, direction: Direction) -> None:
        self._call(f"session_{direction.value}", {"session_id": session_id})

    def _call(self, tool: str, arguments: dict[str, Any]) -> str:
        async def call() -> Any:
            with anyio.fail_after(_MCP_SECONDS):
                async with Client(self._url) as client:
                    return await client.call_tool(tool, arguments)

        try:
            answer = anyio.run(call)
        except Exception as error:  # a killed server shows itself in many ways
            raise RefusedError(f"{error!r}") from error
        if answer.is_error:
            raise RefusedError(f"{answer.content}")
        session_id: str = answer.structured_content["session_id"]
        return session_id
