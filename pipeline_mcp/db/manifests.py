"""Manifests: the rows of every snapshot, one compressed document each."""

from __future__ import annotations

import functools
import json

from sqlalchemy import Connection, select

from pipeline_mcp.db import clock
from pipeline_mcp.db.compression import compress, decompress
from pipeline_mcp.db.tables import manifest
from pipeline_mcp.db.upsert import insert_if_absent
from pipeline_mcp.domain.snapshot import ManifestRow, Snapshot, make_snapshot
from pipeline_mcp.errors import SnapshotMissingError


def save(connection: Connection, snapshot: Snapshot) -> None:
    """Store the snapshot's rows; what is known already stays. Skipped files are not stored."""
    if _is_known(connection, snapshot.id):
        return
    rows = [[row.path, row.mode, row.sha256, row.size] for row in snapshot.rows]
    document = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
    record = {
        "snapshot_id": snapshot.id,
        "files": len(snapshot.rows),
        "bytes": snapshot.total_bytes,
        "rows": compress(document),
    }
    insert_if_absent(connection, manifest, [record], created_at=clock.now())


def load(connection: Connection, snapshot_id: str) -> Snapshot:
    """The snapshot of that id, checked against it, without skipped files.

    Raises:
        SnapshotMissingError: the manifest is not there, or is damaged.
    """
    data = connection.execute(
        select(manifest.c.rows).where(manifest.c.snapshot_id == snapshot_id)
    ).scalar()
    if data is None:
        raise SnapshotMissingError(snapshot_id)
    return _decode(snapshot_id, data)


def count(connection: Connection, snapshot_id: str) -> int:
    """How many files the snapshot has; 0 where its manifest is gone."""
    files = connection.execute(
        select(manifest.c.files).where(manifest.c.snapshot_id == snapshot_id)
    ).scalar()
    return files or 0


def _is_known(connection: Connection, snapshot_id: str) -> bool:
    known = select(manifest.c.snapshot_id).where(manifest.c.snapshot_id == snapshot_id)
    return connection.execute(known).first() is not None


# A worker asks for the same few snapshots again and again, once for each of their units.
@functools.lru_cache(maxsize=4)
def _decode(snapshot_id: str, data: bytes) -> Snapshot:
    document = decompress(data)
    if document is None:
        raise SnapshotMissingError(snapshot_id)
    try:
        snapshot = make_snapshot(ManifestRow(*row) for row in json.loads(document))
    except (ValueError, TypeError) as error:
        raise SnapshotMissingError(snapshot_id) from error
    if snapshot.id != snapshot_id:
        raise SnapshotMissingError(snapshot_id)
    return snapshot
