"""What is written of who did what, a page at a time."""

from __future__ import annotations

from pipeline_mcp.db import audit
from pipeline_mcp.db.engine import reading
from pipeline_mcp.domain.audit import AuditEntry
from pipeline_mcp.errors import SettingError


def entries(
    *,
    limit: int,
    session_id: str | None = None,
    principal: str | None = None,
    cursor: str | None = None,
) -> tuple[list[AuditEntry], str | None]:
    """Entries, newest first, and the cursor of the next page; None on the last one.

    Raises:
        SettingError: the cursor is not one that this function gave.
    """
    if cursor is not None and not cursor.isdecimal():
        raise SettingError("--cursor", "use the cursor that the last page ended with")
    with reading() as connection:
        page = audit.page(
            connection,
            limit=limit + 1,
            session_id=session_id,
            principal=principal,
            before=None if cursor is None else int(cursor),
        )
    if len(page) <= limit:
        return page, None
    return page[:limit], str(page[limit - 1].number)
