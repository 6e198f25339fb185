"""The sessions there are, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline_mcp.db import glances, stages
from pipeline_mcp.db import sessions as rows
from pipeline_mcp.db.engine import reading
from pipeline_mcp.domain.access import LOCAL_PRINCIPAL, Principal
from pipeline_mcp.domain.session import Glance, SessionView, StageRun
from pipeline_mcp.errors import SettingError
from pipeline_mcp.sessions.access import only_owner


def sessions(
    *, limit: int = 20, cursor: str | None = None, principal: Principal = LOCAL_PRINCIPAL
) -> tuple[list[SessionView], str | None]:
    """Sessions, newest first, and the cursor of the next page; None on the last one.

    They are those that `principal` may see: his own, or all.

    Raises:
        SettingError: the cursor is not one that this function gave.
    """
    with reading() as connection:
        page = rows.page(
            connection, limit=limit + 1, before=_decode(cursor), owner=only_owner(principal)
        )
    if len(page) <= limit:
        return page, None
    last = page[limit - 1]
    return page[:limit], f"{last.created_at!r}/{last.session_id}"


@dataclass(frozen=True, slots=True)
class Overview:
    """A page of sessions with what is known of each, by its id; `total` is how many there are."""

    sessions: list[SessionView]
    glances: dict[str, Glance]
    stages: dict[str, list[StageRun]]
    total: int
    cursor: str | None


def overview(*, limit: int, cursor: str | None, principal: Principal) -> Overview:
    """As `sessions`, with how each moves on.

    Raises:
        SettingError: the cursor is not one that this function gave.
    """
    page, following = sessions(limit=limit, cursor=cursor, principal=principal)
    ids = [session.session_id for session in page]
    with reading() as connection:
        return Overview(
            page,
            glances.glances(connection, ids),
            stages.runs(connection, ids),
            rows.total(connection, owner=only_owner(principal)),
            following,
        )


def _decode(cursor: str | None) -> tuple[float, str] | None:
    if cursor is None:
        return None
    created_at, _, session_id = cursor.partition("/")
    try:
        return float(created_at), session_id
    except ValueError as error:
        raise SettingError("cursor", "use the cursor that the last page ended with") from error
