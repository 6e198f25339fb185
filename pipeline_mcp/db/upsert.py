"""INSERT … ON CONFLICT DO NOTHING, which both databases speak in their own words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_if_absent(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]], **computed: Any
) -> bool:
    """Insert the rows whose primary key is not there yet; True if any was inserted.

    `computed` are SQL expressions that every row gets, such as `created_at=clock.now()`.
    """
    if not rows:
        return False
    is_postgresql = connection.dialect.name == "postgresql"
    insert = postgresql.insert(table) if is_postgresql else sqlite.insert(table)
    statement = insert.on_conflict_do_nothing()
    result = connection.execute(statement.values(computed) if computed else statement, list(rows))
    return result.rowcount != 0
