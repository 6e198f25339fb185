"""Patches: what a session's accepted fixes come to."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, RowMapping, delete, select

from pipeline_mcp.db import clock
from pipeline_mcp.db.compression import compress, decompress
from pipeline_mcp.db.tables import patch
from pipeline_mcp.domain.known import known_fields
from pipeline_mcp.domain.patch import FileChange, Patch
from pipeline_mcp.errors import SnapshotMissingError


def save(connection: Connection, session_id: str, made: Patch) -> None:
    """Store the session's patch in place of an earlier one."""
    connection.execute(delete(patch).where(patch.c.session_id == session_id))
    connection.execute(
        patch.insert().values(
            session_id=session_id,
            base_snapshot_id=made.base_snapshot_id,
            snapshot_id=made.snapshot_id,
            fixed=made.fixed,
            changes=[asdict(change) for change in made.changes],
            diff=compress(made.diff.encode()),
            updated_at=clock.now(),
        )
    )


def get(connection: Connection, session_id: str) -> Patch | None:
    """The session's patch; None where nothing was fixed.

    Raises:
        SnapshotMissingError: it is damaged.
    """
    query = select(patch).where(patch.c.session_id == session_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else _patch(row)


def _patch(row: RowMapping) -> Patch:
    diff = decompress(row["diff"])
    if diff is None:
        raise SnapshotMissingError(row["snapshot_id"])
    changes = (FileChange(**known_fields(FileChange, one)) for one in row["changes"])
    return Patch(
        base_snapshot_id=row["base_snapshot_id"],
        snapshot_id=row["snapshot_id"],
        changes=tuple(changes),
        diff=diff.decode(),
        fixed=row["fixed"],
    )
