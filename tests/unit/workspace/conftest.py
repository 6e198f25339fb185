"""A blob store and snapshots of small workspaces, for the tests of the package `workspace`."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline_mcp.db.engine import engine
from pipeline_mcp.db.tables import metadata
from pipeline_mcp.domain.snapshot import Snapshot
from pipeline_mcp.workspace.local_store import LocalBlobStore
from pipeline_mcp.workspace.snapshot import SnapshotLimits, take_snapshot

_NOBODY = 65534


@pytest.fixture
def store(tmp_path: Path) -> LocalBlobStore:
    return LocalBlobStore(tmp_path / "state" / "blobs")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """An empty workspace outside of any repository."""
    path = tmp_path / "directory"
    path.mkdir()
    return path


@pytest.fixture
def take(store: LocalBlobStore) -> Callable[..., Snapshot]:
    """`take(workspace)` takes a snapshot with the default limits, into `store`."""

    def take(workspace: Path, *, max_files: int = 100_000, **options: object) -> Snapshot:
        limits = SnapshotLimits(max_files, 10 * 1024 * 1024)
        return take_snapshot(workspace, store, limits=limits, **options)

    return take


@pytest.fixture
def make_database(request: pytest.FixtureRequest, state_dir: Path) -> Callable[[str], str]:
    """`make_database("sqlite")` or `("postgres")` is the URL of a new database with tables."""

    def make(kind: str) -> str:
        url = f"sqlite:///{state_dir / 'test.db'}"
        if kind == "postgres":
            url = request.getfixturevalue("postgres_database")
        metadata.create_all(engine(url))
        return url

    return make


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A directory of a user whose permissions count: the tests may be run by root."""
    root = Path(tempfile.mkdtemp(prefix="pmcp-user-")).resolve()
    was = os.geteuid()
    if was == 0:
        os.chown(root, _NOBODY, _NOBODY)
        os.seteuid(_NOBODY)
    try:
        yield root
    finally:
        os.seteuid(was)
        for path in root.rglob("*"):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o700)
        shutil.rmtree(root)
