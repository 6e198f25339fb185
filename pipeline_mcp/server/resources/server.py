"""The SDK's server, with what it cannot be told: each caller's own resources, clear refusals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import anyio.to_thread
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, Annotations, GetPromptResult, InputRequiredResult, Resource
from mcp.types.version import HANDSHAKE_PROTOCOL_VERSIONS
from pydantic import AnyUrl

from pipeline_mcp.domain.session import SessionView
from pipeline_mcp.reporting.document import timestamp
from pipeline_mcp.reporting.sanitise import visible
from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.server.protocol import ProtocolServer
from pipeline_mcp.server.resources.address import address
from pipeline_mcp.server.resources.templates import REPORT, UNTRUSTED
from pipeline_mcp.sessions.listing import sessions

# A list is for finding something of late; pipeline_status and the templates lead to all.
_MOST_LISTED = 10
# "Resource not found", until revision 2026-07-28 gave the number up.
_LEGACY_NOT_FOUND = -32002


class SessionServer(ProtocolServer):
    """Lists the reports of the caller's latest sessions."""

    async def list_resources(self) -> list[Resource]:
        """What was added to the server, then the reports."""
        principal = current_principal()
        recent, _ = await anyio.to_thread.run_sync(
            lambda: sessions(limit=_MOST_LISTED, principal=principal)
        )
        return [*await super().list_resources(), *map(_report_of, recent)]

    async def has_resource(self, uri: str) -> bool:
        """True for the address of a resource that was added to the server."""
        return any(f"{one.uri}" == uri for one in await super().list_resources())

    async def read_resource(
        self, uri: AnyUrl | str, context: Context[Any, Any] | None = None
    ) -> Iterable[ReadResourceContents] | InputRequiredResult:
        """Read it.

        Raises:
            MCPError: there is no such resource, in the number of the caller's revision.
            ResourceError: it cannot be read, with what to do instead.
        """
        try:
            return await super().read_resource(uri, context)
        except ResourceNotFoundError as error:
            if context is None or not is_legacy(context.request_context.protocol_version):
                raise
            raise not_found(f"{uri}", f"{error}") from error

    async def get_prompt(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        context: Context[Any, Any] | None = None,
    ) -> GetPromptResult | InputRequiredResult:
        """Make it.

        Raises:
            MCPError: there is no such prompt, or an argument is missing or wrong.
        """
        prompts = {prompt.name: prompt for prompt in await self.list_prompts()}
        if name not in prompts:
            said = f"No prompt is called {name!r}; there are {', '.join(sorted(prompts))}."
            raise MCPError(code=INVALID_PARAMS, message=said)
        needed = [one.name for one in prompts[name].arguments or () if one.required]
        if missing := [one for one in needed if one not in (arguments or {})]:
            said = f"{name} needs {' and '.join(needed)}; {' and '.join(missing)} is missing."
            raise MCPError(code=INVALID_PARAMS, message=said)
        return await super().get_prompt(name, arguments, context)


def is_legacy(protocol_version: str) -> bool:
    """True for the revisions that begin with a handshake."""
    return protocol_version in HANDSHAKE_PROTOCOL_VERSIONS


def not_found(uri: str, said: str) -> MCPError:
    """No such resource, in the number of the revisions with a handshake."""
    return MCPError(code=_LEGACY_NOT_FOUND, message=said, data={"uri": uri})


def _report_of(session: SessionView) -> Resource:
    when = timestamp(session.created_at)
    return Resource(
        uri=address(session.session_id, REPORT.document),
        name=session.session_id,
        title=f"Report: {session.status} ({when})",
        description=f"Session {session.session_id} over {visible(session.workspace)}.",
        mime_type=REPORT.mime_type,
        annotations=Annotations(
            audience=list(REPORT.audience),
            priority=REPORT.priority,
            last_modified=timestamp(session.updated_at),
        ),
        _meta=dict(UNTRUSTED),
    )
