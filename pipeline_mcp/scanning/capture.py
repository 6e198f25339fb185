"""The snapshot stage: the workspace becomes blobs and one manifest."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import expiry, manifests, sessions, stages
from pipeline_mcp.db.engine import database_files, transaction
from pipeline_mcp.domain.retention import REFRESH_SECONDS
from pipeline_mcp.domain.session import Stage, request_from_dict
from pipeline_mcp.errors import TransientServiceError
from pipeline_mcp.workspace.git import branch_of
from pipeline_mcp.workspace.snapshot import SnapshotLimits, take_snapshot
from pipeline_mcp.workspace.stat_index import StatIndex
from pipeline_mcp.workspace.stores import blob_store


def capture(session_id: str) -> str | None:
    """Take the session's snapshot, unless it has one; gives its id, or None if it is over.

    Raises:
        WorkspaceError: the workspace cannot be read, or has too many files.
        TransientServiceError: it took so long that what it found may have been removed since.
    """
    with transaction() as connection:
        row = sessions.work(connection, session_id)
        snapshot_id: str | None = row["snapshot_id"]
        if snapshot_id is not None or sessions.is_over(connection, session_id):
            return snapshot_id
        stages.begin(connection, session_id, Stage.SNAPSHOT)
        sessions.advance(connection, session_id, Stage.SNAPSHOT)
        began = expiry.moment(connection)
    request = request_from_dict(row["request"])
    current = settings()
    workspace = Path(request.workspace)
    snapshot = take_snapshot(
        workspace,
        blob_store(current),
        limits=SnapshotLimits(current.max_files, current.max_file_bytes),
        exclude=request.exclude,
        untouched=_own_files(workspace),
        index=StatIndex.for_workspace(current.state_dir, workspace),
    )
    branch = branch_of(workspace)
    with transaction() as connection:
        if expiry.moment(connection, REFRESH_SECONDS) > began:
            raise TransientServiceError("blob store", "the snapshot took too long to be safe")
        manifests.save(connection, snapshot)
        skipped = [asdict(each) for each in snapshot.skipped]
        detail = {"skipped": skipped, "branch": branch}
        stages.close(connection, session_id, Stage.SNAPSHOT, detail=detail)
        sessions.advance(connection, session_id, Stage.PLAN, snapshot_id=snapshot.id)
    return snapshot.id


def _own_files(workspace: Path) -> tuple[str, ...]:
    """The paths of our own files in the workspace: they are no part of it.

    More than that: to close a database's file after reading it frees all locks that this process
    has on it.
    """
    own = [settings().state_dir.resolve(), *database_files()]
    return tuple(
        file.relative_to(workspace).as_posix() for file in own if file.is_relative_to(workspace)
    )
