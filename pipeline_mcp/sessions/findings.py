"""The findings of a session, filtered, a page at a time."""

from __future__ import annotations

from pipeline_mcp.db import findings as rows
from pipeline_mcp.db import sessions
from pipeline_mcp.db.engine import reading
from pipeline_mcp.domain.query import FindingFilter, FindingPage
from pipeline_mcp.errors import SettingError


def findings(
    session_id: str, filters: FindingFilter, *, cursor: str | None = None, limit: int = 100
) -> FindingPage:
    """The findings that match, in their order, from the cursor on.

    Raises:
        UnknownSessionError: there is no such session.
        SettingError: the cursor is not one that a page ended with.
    """
    offset = _decode(cursor)
    with reading() as connection:
        sessions.get(connection, session_id)
        found, total = rows.page(connection, session_id, filters, limit=limit, offset=offset)
    following = offset + len(found)
    return FindingPage(tuple(found), total, str(following) if following < total else None)


def _decode(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isdecimal():
        raise SettingError("--cursor", "use the cursor that the last page ended with")
    return int(cursor)
