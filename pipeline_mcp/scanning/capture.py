"""The snapshot stage: the workspace becomes blobs and one manifest."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import expiry, lines, manifests, sessions, stages
from pipeline_mcp.db.engine import database_files, transaction
from pipeline_mcp.domain.retention import REFRESH_SECONDS
from pipeline_mcp.domain.session import SessionRequest, Stage, request_from_dict
from pipeline_mcp.domain.snapshot import Snapshot
from pipeline_mcp.errors import TransientServiceError
from pipeline_mcp.workspace.baseline_file import read_baseline
from pipeline_mcp.workspace.git import branch_of
from pipeline_mcp.workspace.revision import last_change, renames_since, take_tree
from pipeline_mcp.workspace.snapshot import SnapshotLimits, take_snapshot
from pipeline_mcp.workspace.stat_index import StatIndex
from pipeline_mcp.workspace.stores import blob_store


def capture(session_id: str) -> str | None:
    """Take the session's snapshot, unless it has one; gives its id, or None if it is over.

    Raises:
        WorkspaceError: the workspace cannot be read, or has too many files.
        BaselineError: its baseline cannot be used.
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
    workspace = Path(request.workspace)
    snapshot = _taken(request, workspace)
    held = _line(request, workspace)
    branch = branch_of(workspace)
    with transaction() as connection:
        if expiry.moment(connection, REFRESH_SECONDS) > began:
            raise TransientServiceError("blob store", "the snapshot took too long to be safe")
        manifests.save(connection, snapshot)
        if held is not None:
            lines.save(connection, session_id, held)
        skipped = [asdict(each) for each in snapshot.skipped]
        detail = {"skipped": skipped, "branch": branch}
        stages.close(connection, session_id, Stage.SNAPSHOT, detail=detail)
        sessions.advance(connection, session_id, Stage.PLAN, snapshot_id=snapshot.id)
    return snapshot.id


def _taken(request: SessionRequest, workspace: Path) -> Snapshot:
    current = settings()
    store = blob_store(current)
    limits = SnapshotLimits(current.max_files, current.max_file_bytes)
    if request.ref:
        return take_tree(workspace, request.ref, store, limits=limits, exclude=request.exclude)
    return take_snapshot(
        workspace,
        store,
        limits=limits,
        exclude=request.exclude,
        # To tools its hashes look like secrets.
        untouched=(*_own_files(workspace), *filter(None, [request.baseline])),
        index=StatIndex.for_workspace(current.state_dir, workspace),
    )


def _line(request: SessionRequest, workspace: Path) -> lines.Line | None:
    """The baseline as it is now, and what moved since it was committed."""
    file = read_baseline(workspace, request.baseline) if request.baseline else None
    if file is None:
        return None
    commit = last_change(workspace, request.baseline)
    return lines.Line(file, renames_since(workspace, commit) if commit else {})


def _own_files(workspace: Path) -> tuple[str, ...]:
    """The paths of our own files in the workspace: they are no part of it.

    More than that: to close a database's file after reading it frees all locks that this process
    has on it.
    """
    own = [settings().state_dir.resolve(), *database_files()]
    return tuple(
        file.relative_to(workspace).as_posix() for file in own if file.is_relative_to(workspace)
    )
