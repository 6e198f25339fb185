"""Work that one process at a time should do, whichever it is."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, func, select, update

from pipeline_mcp.db import clock
from pipeline_mcp.db.engine import engine, transaction
from pipeline_mcp.db.tables import lock
from pipeline_mcp.db.upsert import insert_if_absent

# Keeps our advisory locks apart from those of other programs on the same server.
_NAMESPACE = 0x70697065 << 32


@contextmanager
def try_lock(name: str, *, seconds: float) -> Iterator[bool]:
    """True inside if this process has the lock now, False if somebody else has it; never waits.

    On Postgres an advisory lock, gone with its connection. On SQLite a row that counts for
    `seconds`: a process that dies leaves it behind for so long, and one that takes longer may
    find that it is no longer alone.

    Raises:
        ServiceError: the database cannot be used.
    """
    if engine().dialect.name == "postgresql":
        with transaction() as connection:
            key = _NAMESPACE | zlib.crc32(name.encode())
            yield bool(connection.execute(select(func.pg_try_advisory_xact_lock(key))).scalar())
        return
    owner = secrets.token_hex(8)
    with transaction() as connection:
        is_ours = _take(connection, name, owner, seconds)
    try:
        yield is_ours
    finally:
        if is_ours:
            with transaction() as connection:
                _give_back(connection, name, owner)


def take_turn(name: str, *, seconds: float) -> bool:
    """True for one process, whichever asks first; nobody has the next turn for so many seconds.

    Raises:
        ServiceError: the database cannot be used.
    """
    with transaction() as connection:
        return _take(connection, name, secrets.token_hex(8), seconds)


def _take(connection: Connection, name: str, owner: str, seconds: float) -> bool:
    insert_if_absent(connection, lock, [{"name": name, "owner": owner, "until": 0.0}])
    taken = connection.execute(
        update(lock)
        .where(lock.c.name == name, lock.c.until < clock.now())
        .values(owner=owner, until=clock.now() + seconds)
    )
    return taken.rowcount == 1


def _give_back(connection: Connection, name: str, owner: str) -> None:
    connection.execute(
        update(lock).where(lock.c.name == name, lock.c.owner == owner).values(until=0.0)
    )
