"""The tables of the fixes; `db.tables` has them all."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, Integer, LargeBinary, String, Table, Text

from pipeline_mcp.db.schema import metadata, session_key

# A snapshot that fixes have made; its scan is the cycle of that number.
candidate = Table(
    "candidate",
    metadata,
    session_key(primary_key=True),
    Column("cycle", Integer, primary_key=True),
    Column("round", Integer, nullable=False),
    Column("base_cycle", Integer, nullable=False),
    Column("snapshot_id", String(64), nullable=False),
    Column("steps", JSON, nullable=False),
    Column("verdict", String(16)),
    Column("detail", JSON),
    Column("created_at", Float(53), nullable=False),
    Column("judged_at", Float(53)),
    Index(None, "snapshot_id"),
)

fix_step = Table(
    "fix_step",
    metadata,
    session_key(primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("fixer", String(64), nullable=False),
    Column("path", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text),
    Column("step", JSON, nullable=False),
    Column("old_sha256", String(64)),
    Column("new_sha256", String(64)),
)

patch = Table(
    "patch",
    metadata,
    session_key(primary_key=True),
    Column("base_snapshot_id", String(64), nullable=False),
    Column("snapshot_id", String(64), nullable=False),
    Column("fixed", Integer, nullable=False),
    Column("changes", JSON, nullable=False),
    Column("diff", LargeBinary, nullable=False),
    Column("updated_at", Float(53), nullable=False),
    Index(None, "snapshot_id"),
)
