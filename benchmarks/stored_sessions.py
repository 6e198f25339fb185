"""Fill the database with sessions that ended long ago, as copies of a real one."""

from __future__ import annotations

from sqlalchemy import Connection, Table, delete, func, select, text

from pipeline_mcp.db.engine import transaction
from pipeline_mcp.db.tables import finding, session, stage, unit

# Their ids sort before all others, as if they had been accepted at the beginning of the epoch.
_COPY = "'pipeline-1-' || lpad(to_hex(copy), 8, '0')"


def store(model: str, count: int) -> None:
    """Let there be `count` sessions like `model`, with its units and findings, on Postgres."""
    with transaction() as connection:
        connection.execute(delete(session).where(session.c.id.like("pipeline-1-%")))
        for table in (session, stage, unit, finding):
            _copy(connection, table, model, count)
    with transaction() as connection:
        connection.execute(text("ANALYZE"))


def stored() -> int:
    """How many sessions there are."""
    with transaction() as connection:
        return int(connection.execute(select(func.count()).select_from(session)).scalar_one())


def _copy(connection: Connection, table: Table, model: str, count: int) -> None:
    key = "id" if table is session else "session_id"
    left_out = {"id", "idempotency_key"} if table is session else {"id"}
    columns = [
        f'"{column.name}"'
        for column in table.columns
        if column.name != key and column.name not in left_out
    ]
    names = ", ".join(columns)
    connection.execute(
        text(
            f'INSERT INTO "{table.name}" ("{key}", {names}) '  # nosec B608 - names of our own
            f'SELECT {_COPY}, {names} FROM "{table.name}", generate_series(1, :count) AS copy '
            f'WHERE "{key}" = :model'
        ),
        {"count": count, "model": model},
    )
