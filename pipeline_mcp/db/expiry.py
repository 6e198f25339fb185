"""Sessions that are over for so long that they go, with all that is theirs but the audit."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    and_,
    cast,
    delete,
    func,
    select,
    type_coerce,
)

from pipeline_mcp.db import clock
from pipeline_mcp.db.tables import event, finding, session, stage, unit
from pipeline_mcp.domain.session import FINAL_STATUSES

_FINAL = [status.value for status in FINAL_STATUSES]
# What a session's rows have of text, and so of weight: (table's session, the text).
_TEXTS = (
    (session.c.id, cast(session.c.request, Text)),
    (stage.c.session_id, cast(stage.c.detail, Text)),
    (unit.c.session_id, cast(unit.c.files, Text)),
    (event.c.session_id, cast(event.c.data, Text)),
    (finding.c.session_id, type_coerce(finding.c.message + finding.c.path, Text)),
)


def is_expired(before: float) -> ColumnElement[bool]:
    """True for sessions that ended before that moment; a final status never changes again."""
    # A session ends with its last update: the index is over that.
    return and_(
        session.c.status.in_(_FINAL),
        session.c.updated_at < before,
        session.c.finished_at < before,
    )


def moment(connection: Connection, seconds_ago: float = 0.0) -> float:
    """The time so many seconds ago, by the database's clock."""
    return float(connection.execute(select(clock.now() - seconds_ago)).scalar_one())


def expired(connection: Connection, before: float) -> list[str]:
    """The sessions that ended before that moment, oldest first."""
    ended = select(session.c.id).where(is_expired(before)).order_by(session.c.updated_at)
    return list(connection.scalars(ended))


def size(connection: Connection, session_ids: Sequence[str]) -> int:
    """How many bytes of text the sessions have, about."""
    return sum(
        connection.execute(
            select(func.coalesce(func.sum(func.length(text)), 0)).where(owner.in_(session_ids))
        ).scalar_one()
        for owner, text in _TEXTS
    )


def remove_findings(connection: Connection, session_ids: Sequence[str], *, limit: int) -> int:
    """Remove so many findings of the sessions at most; gives how many went."""
    some = select(finding.c.id).where(finding.c.session_id.in_(session_ids)).limit(limit)
    return connection.execute(delete(finding).where(finding.c.id.in_(some))).rowcount


def remove(connection: Connection, session_ids: Sequence[str], before: float) -> int:
    """Remove the sessions with all rows that are theirs; gives how many went."""
    expired_ones = delete(session).where(session.c.id.in_(session_ids), is_expired(before))
    return connection.execute(expired_ones).rowcount
