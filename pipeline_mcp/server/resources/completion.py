"""Complete the arguments of addresses: the ids of the caller's latest sessions, and their tools."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mcp.types import Completion

from pipeline_mcp.domain.access import Principal
from pipeline_mcp.errors import UnknownSessionError
from pipeline_mcp.sessions import follow
from pipeline_mcp.sessions.access import expect_access
from pipeline_mcp.sessions.listing import sessions

# The protocol's own limit.
_MOST_VALUES = 100


def complete_address(
    argument: str, typed: str, others: Mapping[str, str], principal: Principal
) -> Completion:
    """What may follow `typed` in this argument; `others` are the arguments that are known."""
    if argument == "id":
        return session_ids(typed, principal)
    if argument == "tool" and "id" in others:
        return tools_of(others["id"], typed, principal)
    return values(())


def session_ids(typed: str, principal: Principal) -> Completion:
    """Ids of sessions that the caller may see and that begin so, newest first."""
    page, _ = sessions(limit=_MOST_VALUES, principal=principal)
    return values(one.session_id for one in page if one.session_id.startswith(typed))


def tools_of(session_id: str, typed: str, principal: Principal) -> Completion:
    """The tools of a session that begin so."""
    try:
        expect_access(session_id, principal)
    except UnknownSessionError:
        return values(())
    tools = follow.progress(session_id).tools
    return values(run.tool for run in tools if run.tool.startswith(typed))


def values(found: Iterable[str]) -> Completion:
    """As many of them as the protocol allows."""
    every = list(found)
    return Completion(
        values=every[:_MOST_VALUES], total=len(every), has_more=len(every) > _MOST_VALUES
    )
