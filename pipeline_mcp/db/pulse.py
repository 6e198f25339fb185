"""The smallest question to the database, and the smallest write."""

from __future__ import annotations

import os
import secrets

from sqlalchemy import Connection, literal, select, update

from pipeline_mcp.db.tables import lock
from pipeline_mcp.db.upsert import insert_if_absent

_NAME = "pulse"


def ask(connection: Connection) -> None:
    """Have a number sent back."""
    connection.execute(select(literal(1))).scalar_one()


def write(connection: Connection) -> None:
    """Change a row that is there for that alone; the database must have its tables."""
    owner = f"{os.getpid()}-{secrets.token_hex(8)}"
    insert_if_absent(connection, lock, [{"name": _NAME, "owner": owner, "until": 0.0}])
    connection.execute(update(lock).where(lock.c.name == _NAME).values(owner=owner))
