"""Manifests: the rows of every snapshot, one compressed document each."""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, and_, func, select

from pipeline_mcp.db import clock, idle
from pipeline_mcp.db.compression import compress, decompress
from pipeline_mcp.db.expiry import is_expired
from pipeline_mcp.db.tables import candidate, manifest, session
from pipeline_mcp.db.upsert import insert_if_absent
from pipeline_mcp.domain.retention import GRACE_SECONDS
from pipeline_mcp.domain.snapshot import ManifestRow, Snapshot, make_snapshot
from pipeline_mcp.errors import SnapshotMissingError

# Of the compressed document.
_SIZE: ColumnElement[int] = func.length(manifest.c.rows)


def save(connection: Connection, snapshot: Snapshot) -> None:
    """Store the snapshot's rows; what is known already stays. Skipped files are not stored.

    From here on the manifest is safe for as long as the transaction may take.
    """
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


def idle_page(
    connection: Connection, *, after: str, limit: int, expired_before: float | None = None
) -> list[tuple[str, int]]:
    """Snapshots after `after` that no session has, and the sizes of their manifests.

    Sessions that expired before that moment do not count.
    """
    return idle.page(
        connection,
        manifest,
        _SIZE,
        seconds=GRACE_SECONDS,
        after=after,
        limit=limit,
        only=_has_no_session(expired_before),
    )


def discard(connection: Connection, snapshot_ids: Sequence[str]) -> tuple[int, int]:
    """Remove those that no session has or has tried; gives how many, and their bytes together."""
    return idle.discard(
        connection, manifest, _SIZE, snapshot_ids, seconds=GRACE_SECONDS, only=_has_no_session()
    )


def digests(
    connection: Connection, *, after: str, limit: int, but: Collection[str] = ()
) -> tuple[str, set[str]]:
    """The last of `limit` snapshots after `after`, and the hashes of all their contents.

    The last one is empty at the end. Those in `but` are left out, and so is a damaged manifest,
    which nobody can load either.
    """
    rows = connection.execute(
        select(manifest.c.snapshot_id, manifest.c.rows)
        .where(manifest.c.snapshot_id > after)
        .order_by(manifest.c.snapshot_id)
        .limit(limit)
    ).all()
    documents = (decompress(row.rows) for row in rows if row.snapshot_id not in but)
    found = {row[2] for document in documents if document for row in json.loads(document)}
    return (rows[-1].snapshot_id if rows else ""), found


def _has_no_session(expired_before: float | None = None) -> ColumnElement[bool]:
    having = select(session.c.id).where(session.c.snapshot_id == manifest.c.snapshot_id)
    trying = (
        select(candidate.c.cycle)
        .join(session, session.c.id == candidate.c.session_id)
        .where(candidate.c.snapshot_id == manifest.c.snapshot_id)
    )
    if expired_before is not None:
        having = having.where(~is_expired(expired_before))
        trying = trying.where(~is_expired(expired_before))
    return and_(~having.exists(), ~trying.exists())


def _is_known(connection: Connection, snapshot_id: str) -> bool:
    known = select(idle.is_aging(manifest)).where(manifest.c.snapshot_id == snapshot_id)
    is_aging = connection.execute(known).scalar()
    if is_aging:
        return bool(idle.refresh(connection, manifest, [snapshot_id]))
    return is_aging is not None


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
