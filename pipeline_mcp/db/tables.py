"""The tables. Times are seconds since the epoch by the database's clock, see `db.clock`."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
    true,
)

from pipeline_mcp.db.application_tables import application, integration
from pipeline_mcp.db.fix_tables import candidate, fix_step, patch
from pipeline_mcp.db.line_tables import line
from pipeline_mcp.db.schema import metadata, row_number, session_key

__all__ = ["application", "candidate", "fix_step", "integration", "line", "metadata", "patch"]

session = Table(
    "session",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("workspace", Text, nullable=False),
    Column("node", String(255), nullable=False),
    Column("principal", String(255), nullable=False, server_default="local"),
    Column("status", String(16), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("cycle", Integer, nullable=False, server_default="1"),
    Column("request", JSON, nullable=False),
    Column("snapshot_id", String(64)),
    Column("priority", Integer, nullable=False, server_default="5"),
    Column("attached", Boolean, nullable=False, server_default=true()),
    Column("cancel_requested", Boolean, nullable=False, server_default=false()),
    Column("error", Text),
    Column("summary", JSON),
    Column("schema_version", Integer, nullable=False, server_default="1"),
    Column("created_at", Float(53), nullable=False),
    Column("updated_at", Float(53), nullable=False),
    Column("finished_at", Float(53)),
    Column("admitted_at", Float(53)),
    Column("good_cycle", Integer, nullable=False, server_default="1"),
    Column("idempotency_key", String(255)),
    Column("idempotency_digest", String(64)),
    Index(None, "status", "updated_at"),
    Index(None, "created_at"),
    Index(None, "principal", "idempotency_key", unique=True),
)

stage = Table(
    "stage",
    metadata,
    session_key(primary_key=True),
    Column("cycle", Integer, primary_key=True),
    Column("name", String(16), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("expected", Integer),
    Column("detail", JSON),
    Column("started_at", Float(53), nullable=False),
    Column("finished_at", Float(53)),
)

unit = Table(
    "unit",
    metadata,
    session_key(primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("cycle", Integer, nullable=False),
    Column("tool", String(64), nullable=False),
    Column("position", Integer, nullable=False),
    Column("files", JSON, nullable=False),
    Column("file_count", Integer, nullable=False),
    Column("cached", Boolean, nullable=False, server_default=false()),
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("released", Integer, nullable=False, server_default="0"),
    Column("lease_until", Float(53)),
    Column("owner", String(255)),
    Column("outcome", String(16)),
    Column("reason", Text),
    Column("tool_version", String(64)),
    Column("findings", Integer),
    Column("cpu_seconds", Float(53)),
    Column("wall_seconds", Float(53)),
    Column("finished_at", Float(53)),
    Column("sent_at", Float(53)),
    Index(None, "state", "lease_until"),
    Index(None, "session_id", "state"),
)

finding = Table(
    "finding",
    metadata,
    Column("id", row_number, primary_key=True, autoincrement=True),
    session_key(),
    Column("cycle", Integer, nullable=False),
    Column("unit_key", String(64), nullable=False),
    Column("tool", String(64), nullable=False),
    Column("rule", String(255), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("message", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("column", Integer, nullable=False),
    Column("end_line", Integer, nullable=False),
    Column("end_column", Integer, nullable=False),
    Column("fixable", Boolean, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("is_new", Boolean, nullable=False, server_default=true()),
    Column("known_by", Text),
    Column("edits", JSON),
    Index(None, "session_id", "unit_key"),
    Index(None, "session_id", "path"),
)

result_cache = Table(
    "result_cache",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("tool", String(64), nullable=False),
    Column("findings", LargeBinary, nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("used_at", Float(53), nullable=False, server_default="0"),
    Index(None, "created_at"),
)

manifest = Table(
    "manifest",
    metadata,
    Column("snapshot_id", String(64), primary_key=True),
    Column("files", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("rows", LargeBinary, nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("used_at", Float(53), nullable=False, server_default="0"),
)

blob = Table(
    "blob",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("used_at", Float(53), nullable=False, server_default="0"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", row_number, primary_key=True, autoincrement=True),
    session_key(),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("created_at", Float(53), nullable=False),
    Column("sent_at", Float(53)),
    Index(None, "sent_at"),
    Index(None, "session_id"),
)

event = Table(
    "event",
    metadata,
    Column("id", row_number, primary_key=True, autoincrement=True),
    session_key(),
    Column("kind", String(64), nullable=False),
    Column("data", JSON, nullable=False),
    Column("created_at", Float(53), nullable=False),
    Index(None, "session_id", "id"),
)

# No foreign key: what was done stays known when the session has expired.
audit = Table(
    "audit",
    metadata,
    Column("id", row_number, primary_key=True, autoincrement=True),
    Column("principal", String(255), nullable=False),
    Column("action", String(32), nullable=False),
    Column("session_id", String(64)),
    Column("data", JSON, nullable=False),
    Column("created_at", Float(53), nullable=False),
    Index(None, "session_id"),
    Index(None, "created_at"),
)

token = Table(
    "token",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("expires_at", Float(53)),
    Column("revoked_at", Float(53)),
    Column("used_at", Float(53)),
    Index(None, "name"),
)

lock = Table(
    "lock",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("until", Float(53), nullable=False),
)

worker = Table(
    "worker",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("node", String(255), nullable=False),
    Column("queues", JSON, nullable=False),
    Column("concurrency", Integer, nullable=False),
    Column("version", String(32), nullable=False),
    Column("started_at", Float(53), nullable=False),
    Column("seen_at", Float(53), nullable=False),
)

workspace = Table(
    "workspace",
    metadata,
    Column("path", Text, primary_key=True),
    Column("trusted", Boolean, nullable=False, server_default=false()),
    Column("trusted_at", Float(53)),
)

tool_cost = Table(
    "tool_cost",
    metadata,
    Column("tool", String(64), primary_key=True),
    Column("runs", Integer, nullable=False),
    Column("seconds_per_byte", Float(53), nullable=False),
    Column("updated_at", Float(53), nullable=False),
)

# A session's task goes with its session; the task of a call stands alone.
task = Table(
    "task",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("principal", String(255), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("tool", String(128), nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("session_id", String(64), ForeignKey("session.id", ondelete="CASCADE")),
    Column("status", String(16), nullable=False),
    Column("message", Text),
    Column("attempt", Integer, nullable=False, server_default="1"),
    Column("owner", String(255)),
    Column("lease_until", Float(53)),
    Column("requests", JSON, nullable=False),
    Column("responses", JSON, nullable=False),
    Column("state", Text),
    Column("result", JSON(none_as_null=True)),
    Column("error", JSON(none_as_null=True)),
    Column("created_at", Float(53), nullable=False),
    Column("updated_at", Float(53), nullable=False),
    Index(None, "session_id"),
    Index(None, "updated_at"),
)

shared_key = Table(
    "shared_key",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("key", String(255), nullable=False),
    Column("created_at", Float(53), nullable=False),
)
