"""Blobs in the database: compressed content by sha256, for workers without a shared disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, delete, func, select

from pipeline_mcp.db import clock, idle
from pipeline_mcp.db.tables import blob
from pipeline_mcp.db.upsert import insert_if_absent
from pipeline_mcp.domain.retention import GRACE_SECONDS

# Of the compressed content.
_SIZE: ColumnElement[int] = func.length(blob.c.data)


def known(connection: Connection, sha256s: Sequence[str]) -> tuple[set[str], set[str]]:
    """Those of the hashes that have a row, and among them those that must be refreshed."""
    rows = connection.execute(
        select(blob.c.sha256, idle.is_aging(blob)).where(blob.c.sha256.in_(sha256s))
    ).all()
    return {sha256 for sha256, _ in rows}, {sha256 for sha256, is_aging in rows if is_aging}


def refresh(connection: Connection, sha256s: Sequence[str]) -> set[str]:
    """Note that the blobs are wanted; gives those that are still there."""
    return idle.refresh(connection, blob, sha256s)


def idle_page(connection: Connection, *, after: str, limit: int) -> list[tuple[str, int]]:
    """Hashes after `after` that nobody has wanted lately, and their compressed sizes."""
    return idle.page(connection, blob, _SIZE, seconds=GRACE_SECONDS, after=after, limit=limit)


def discard(connection: Connection, sha256s: Sequence[str]) -> tuple[int, int]:
    """Remove those that nobody has wanted lately; gives how many, and their bytes together."""
    return idle.discard(connection, blob, _SIZE, sha256s, seconds=GRACE_SECONDS)


def read(connection: Connection, sha256s: Sequence[str]) -> dict[str, bytes]:
    """The compressed content under each hash that has a row."""
    rows = connection.execute(select(blob.c.sha256, blob.c.data).where(blob.c.sha256.in_(sha256s)))
    return {sha256: bytes(data) for sha256, data in rows}


def insert(connection: Connection, frames: Mapping[str, tuple[int, bytes]]) -> None:
    """Store `(size of the content, compressed content)` under each hash not known yet."""
    # Always in one order: two transactions that insert the same blobs then cannot deadlock.
    rows = [
        {"sha256": sha256, "size": size, "data": data}
        for sha256, (size, data) in sorted(frames.items())
    ]
    insert_if_absent(connection, blob, rows, created_at=clock.now())


def remove(connection: Connection, sha256: str) -> None:
    """Forget a damaged blob, so that the next snapshot stores it anew."""
    connection.execute(delete(blob).where(blob.c.sha256 == sha256))
