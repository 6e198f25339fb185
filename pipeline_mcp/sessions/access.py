"""Whose session is it? Another's answers exactly like one that does not exist."""

from __future__ import annotations

from pipeline_mcp.db import sessions
from pipeline_mcp.db.engine import reading
from pipeline_mcp.domain.access import AccessScope, Principal
from pipeline_mcp.errors import UnknownSessionError


def expect_access(session_id: str, principal: Principal) -> None:
    """Let the principal's own sessions pass, and an administrator to all of them.

    An unknown session and another's take the same one query, so that neither the words nor the
    time of the answer tell them apart.

    Raises:
        UnknownSessionError: there is no such session, or it is somebody else's.
    """
    with reading() as connection:
        owner = sessions.owner(connection, session_id)
    if owner is None or only_owner(principal) not in (None, owner):
        raise UnknownSessionError(session_id)


def only_owner(principal: Principal) -> str | None:
    """The name whose sessions alone the principal may see; None where he may see all."""
    return None if principal.may(AccessScope.ADMIN) else principal.name
