"""Blobs in the database: compressed content by sha256, for workers without a shared disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, select

from pipeline_mcp.db import clock
from pipeline_mcp.db.tables import blob
from pipeline_mcp.db.upsert import insert_if_absent


def known(connection: Connection, sha256s: Sequence[str]) -> set[str]:
    """Those of the hashes that have a row."""
    return set(connection.scalars(select(blob.c.sha256).where(blob.c.sha256.in_(sha256s))))


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
