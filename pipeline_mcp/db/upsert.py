"""INSERT … ON CONFLICT DO NOTHING, which both databases speak in their own words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

_DIALECTS = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def insert_if_absent(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]], **computed: Any
) -> bool:
    """Insert the rows whose primary key is not there yet; True if any was inserted.

    `computed` are SQL expressions that every row gets, such as `created_at=clock.now()`.
    """
    if not rows:
        return False
    insert = _DIALECTS[connection.dialect.name](table)
    statement = insert.values(computed) if computed else insert
    result = connection.execute(statement.on_conflict_do_nothing(), list(rows))
    return result.rowcount != 0
