"""The table of the lines that sessions hold; `db.tables` has them all."""

from __future__ import annotations

from sqlalchemy import JSON, Column, LargeBinary, String, Table, Text

from pipeline_mcp.db.schema import metadata, session_key

# The baseline file as it was when the session's snapshot was taken, compressed.
line = Table(
    "line",
    metadata,
    session_key(primary_key=True),
    Column("path", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("renames", JSON, nullable=False),
)
