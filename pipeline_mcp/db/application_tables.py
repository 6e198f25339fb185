"""The tables of what was brought into workspaces and repositories; `db.tables` has them all."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Column, Float, Integer, String, Table, Text

from pipeline_mcp.db.schema import metadata, session_key


def _of_a_wish() -> tuple[Column[Any], ...]:
    """The columns that `db.wishes` works with."""
    return (
        session_key(primary_key=True),
        Column("serial", Integer, nullable=False),
        Column("wish", JSON, nullable=False),
        Column("state", String(16), nullable=False),
        Column("error", Text),
        Column("updated_at", Float(53), nullable=False),
    )


# The latest wish of a session, what came of it, and the journal: which files of the workspace have
# the patch's content by our hand, or may have it because a process died in between.
application = Table(
    "application",
    metadata,
    *_of_a_wish(),
    Column("journal", JSON, nullable=False),
    Column("files", JSON, nullable=False),
)

# The same for the latest wish to commit it, push it and propose it; `steps` is how far it has come.
integration = Table(
    "integration",
    metadata,
    *_of_a_wish(),
    Column("steps", JSON, nullable=False),
)
