"""The findings of a session, filtered, a page at a time; while it runs, what there is so far."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

from sqlalchemy import Connection

from pipeline_mcp.db import finding_pages, sessions
from pipeline_mcp.db.engine import reading
from pipeline_mcp.domain.query import FindingFilter, FindingPage
from pipeline_mcp.errors import SettingError

_DIGEST_CHARACTERS = 8
_LARGEST_ID = 2**63 - 1


def findings(
    session_id: str,
    filters: FindingFilter,
    *,
    cursor: str | None = None,
    limit: int = 100,
    worst_first: bool = False,
) -> FindingPage:
    """The findings that match, in their order, from the cursor on.

    A cursor points behind a finding, not at a number: whatever arrives later, no page repeats or
    skips what was there.

    Raises:
        UnknownSessionError: there is no such session.
        SettingError: the cursor is of other filters, or points behind a finding that is gone.
    """
    question = _digest(session_id, filters, worst_first=worst_first)
    after, expected = (None, None) if cursor is None else _decode(cursor, question)
    with reading() as connection:
        sessions.get(connection, session_id)
        if after is not None:
            _expect_there(connection, session_id, after)
        order: dict[str, Any] = {"worst_first": worst_first, "after": after}
        rows = finding_pages.page(connection, session_id, filters, limit=limit + 1, **order)
        counts = finding_pages.counts(connection, session_id, filters)
    total = counts.total if expected is None else expected
    cursors = tuple(_encode(row_id, total, question) for row_id, _ in rows[:limit])
    return FindingPage(
        findings=tuple(finding for _, finding in rows[:limit]),
        cursors=cursors,
        counts=counts,
        cursor=cursors[-1] if len(rows) > limit else None,
        arrived=counts.total - total,
    )


def _expect_there(connection: Connection, session_id: str, row_id: int) -> None:
    if not finding_pages.has(connection, session_id, row_id):
        raise SettingError(
            "cursor",
            "it is stale: the finding that it points behind is gone",
            next_step="Ask again without a cursor.",
        )


def _digest(session_id: str, filters: FindingFilter, *, worst_first: bool) -> str:
    """Of all that decides which findings come in which order."""
    text = repr((session_id, filters, worst_first))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_CHARACTERS]


def _encode(row_id: int, total: int, question: str) -> str:
    text = f"{row_id}.{total}.{question}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, question: str) -> tuple[int, int]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
        row_id, total, asked = text.split(".")
        after, expected = int(row_id), int(total)
        if not 0 < after <= _LARGEST_ID:
            raise ValueError(row_id)
    except (binascii.Error, ValueError) as error:
        raise SettingError("cursor", "use the cursor that the last page ended with") from error
    if asked != question:
        raise SettingError(
            "cursor",
            "it belongs to another session, other filters or another order",
            next_step="Send what was sent for the page that gave it, or no cursor.",
        )
    return after, expected
