"""The latest wish about a session's patch, in tables that have these columns and more of their own.

`serial` numbers the wishes, `wish` is what is asked for, `state` where it stands, and `error` why
nothing could be done.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, select, update

from pipeline_mcp.db import clock
from pipeline_mcp.db.upsert import insert_if_absent


class WishState(StrEnum):
    """Where a wish stands; `done` also if nothing could be done, or it was withdrawn."""

    WANTED = "wanted"
    WORKING = "working"
    DONE = "done"


def want(
    connection: Connection,
    table: Table,
    session_id: str,
    wish: dict[str, Any],
    *,
    fresh: dict[str, Any],
    first: dict[str, Any],
) -> int:
    """Write the wish down in place of an earlier one; gives its number.

    `fresh` are values that begin anew with each wish, `first` those that stay from the first on.
    """
    values = {"wish": wish, "state": WishState.WANTED.value, **fresh}
    new = {"session_id": session_id, "serial": 0, **first, **values}
    insert_if_absent(connection, table, [new], updated_at=clock.now())
    written = (
        update(table)
        .where(table.c.session_id == session_id)
        .values(serial=table.c.serial + 1, error=None, updated_at=clock.now(), **values)
        .returning(table.c.serial)
    )
    return int(connection.execute(written).scalar_one())


def get(connection: Connection, table: Table, session_id: str) -> RowMapping | None:
    """The row of the session's latest wish; None where nothing was ever wanted."""
    query = select(table).where(table.c.session_id == session_id)
    return connection.execute(query).mappings().first()


def begin(connection: Connection, table: Table, session_id: str) -> RowMapping | None:
    """Take up the wish; None where there is nothing to do."""
    taken = (
        update(table)
        .where(table.c.session_id == session_id, table.c.state != WishState.DONE.value)
        .values(state=WishState.WORKING.value, updated_at=clock.now())
        .returning(table)
    )
    return connection.execute(taken).mappings().first()


def write(connection: Connection, table: Table, session_id: str, **values: Any) -> None:
    """Keep how far it has come."""
    connection.execute(
        update(table)
        .where(table.c.session_id == session_id)
        .values(updated_at=clock.now(), **values)
    )


def finish(
    connection: Connection, table: Table, session_id: str, serial: int, **values: Any
) -> None:
    """Write what came of the wish of that number, unless another one came meanwhile."""
    connection.execute(
        update(table)
        .where(table.c.session_id == session_id, table.c.serial == serial)
        .values(state=WishState.DONE.value, updated_at=clock.now(), **values)
    )


def withdraw(connection: Connection, table: Table, session_id: str, serial: int) -> bool:
    """Take back a wish that nobody has taken up; False if somebody has."""
    taken_back = connection.execute(
        update(table)
        .where(
            table.c.session_id == session_id,
            table.c.serial == serial,
            table.c.state == WishState.WANTED.value,
        )
        .values(state=WishState.DONE.value, error="it was withdrawn", updated_at=clock.now())
    )
    return taken_back.rowcount == 1


def any_at_work(connection: Connection, table: Table) -> bool:
    """True if there is a wish that was taken up and not ended."""
    found = select(table.c.session_id).where(_is_at_work(table)).limit(1)
    return connection.execute(found).first() is not None


def take_silent(connection: Connection, table: Table, *, seconds: float) -> list[str]:
    """The sessions whose wish was taken up and of which nothing was heard for so long.

    They count as heard of from now on, so that each is continued once.
    """
    silent = table.c.updated_at < clock.now() - seconds
    taken = (
        update(table)
        .where(_is_at_work(table), silent)
        .values(updated_at=clock.now())
        .returning(table.c.session_id)
    )
    return sorted(connection.scalars(taken))


def _is_at_work(table: Table) -> ColumnElement[bool]:
    return table.c.state == WishState.WORKING.value
