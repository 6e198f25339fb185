"""Secrets that all servers of a database share without anybody handing them out."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, select

from pipeline_mcp.db import clock
from pipeline_mcp.db.tables import shared_key
from pipeline_mcp.db.upsert import insert_if_absent

_BYTES = 32


def key_of(connection: Connection, name: str) -> str:
    """The key `name`, the same for everybody; whoever asks first makes it."""
    made = {"name": name, "key": secrets.token_hex(_BYTES)}
    insert_if_absent(connection, shared_key, [made], created_at=clock.now())
    found = select(shared_key.c.key).where(shared_key.c.name == name)
    return str(connection.execute(found).scalar_one())
