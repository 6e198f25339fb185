"""Rows that nobody has wanted lately, in tables with a key, `created_at` and `used_at`.

Who wants a row refreshes it, who removes one looks again in the same statement: whichever
comes first, a row that was refreshed is still there, and one that is gone was not refreshed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, select, true, update

from pipeline_mcp.db import clock
from pipeline_mcp.domain.retention import REFRESH_SECONDS


def is_idle(table: Table, seconds: float) -> ColumnElement[bool]:
    """True for rows that were neither stored nor wanted for so long."""
    limit = clock.now() - seconds
    return and_(table.c.created_at < limit, table.c.used_at < limit)


def is_aging(table: Table) -> ColumnElement[bool]:
    """True for rows that whoever wants them has to refresh."""
    return is_idle(table, REFRESH_SECONDS)


def refresh(connection: Connection, table: Table, keys: Sequence[str]) -> set[str]:
    """Note that the rows are wanted; gives the keys of those that are still there."""
    key = _key(table)
    # Locked in one order, so that two who want the same rows cannot wait for each other.
    locked = select(key).where(key.in_(keys)).order_by(key).with_for_update()
    refreshed = update(table).where(key.in_(locked)).values(used_at=clock.now()).returning(key)
    return set(connection.scalars(refreshed))


def page(
    connection: Connection,
    table: Table,
    size: ColumnElement[int],
    *,
    seconds: float,
    after: str,
    limit: int,
    only: ColumnElement[bool] | None = None,
) -> list[tuple[str, int]]:
    """`(key, size)` of at most `limit` idle rows whose keys come after `after`, in order."""
    key = _key(table)
    condition = true() if only is None else only
    rows = connection.execute(
        select(key, size)
        .where(key > after, is_idle(table, seconds), condition)
        .order_by(key)
        .limit(limit)
    )
    return [(found, bytes_) for found, bytes_ in rows]


def discard(
    connection: Connection,
    table: Table,
    size: ColumnElement[int],
    keys: Sequence[str],
    *,
    seconds: float,
    only: ColumnElement[bool] | None = None,
) -> tuple[int, int]:
    """Remove those of the rows that are still idle; gives how many, and their size together."""
    key = _key(table)
    condition = true() if only is None else only
    locked = (
        select(key)
        .where(key.in_(keys), is_idle(table, seconds), condition)
        .order_by(key)
        .with_for_update()
    )
    sizes = connection.scalars(delete(table).where(key.in_(locked)).returning(size)).all()
    return len(sizes), sum(sizes)


def _key(table: Table) -> ColumnElement[Any]:
    return next(iter(table.primary_key.columns))
