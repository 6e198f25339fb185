"""Snapshots as files again: single rows below any root, and whole trees kept for all units."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline_mcp.domain.snapshot import ManifestRow, Snapshot
from pipeline_mcp.errors import WorkspaceError
from pipeline_mcp.workspace.batches import batches
from pipeline_mcp.workspace.blobs import BlobStore
from pipeline_mcp.workspace.confine import is_plain_path
from pipeline_mcp.workspace.directories import Directories
from pipeline_mcp.workspace.file_lock import FileLock
from pipeline_mcp.workspace.state_files import state_directory, temporary_name

_MODES = (0o644, 0o755)


def materialise(rows: Iterable[ManifestRow], store: BlobStore, root: Path) -> None:
    """Write the rows' files below `root`, unless they are there; several processes may at once.

    Raises:
        WorkspaceError: a row names a path or a mode that no snapshot has.
        BlobMissingError: a content is not in the store.
        ServiceError: the files cannot be written.
    """
    ordered = sorted(rows)
    _check(ordered)
    with state_directory(root):
        root.mkdir(parents=True, exist_ok=True)
        with Directories(root, create=True) as directories:
            absent = (row for row in ordered if not _is_there(directories, row))
            for batch in batches(absent):
                contents = store.get_many({row.sha256 for row in batch})
                for row in batch:
                    _write(directories, row, contents[row.sha256])


class Trees:
    """The whole trees of the latest snapshots below `directory`, each made once per host.

    `keep` trees stay, the latest used ones, and more only while they are in use.
    """

    def __init__(self, directory: Path, store: BlobStore, *, keep: int = 8) -> None:
        self._directory = directory
        self._store = store
        self._keep = keep

    @contextlib.contextmanager
    def tree(self, snapshot: Snapshot) -> Iterator[Path]:
        """The snapshot's tree, made if need be; it stays at least until the end of the block.

        Raises:
            BlobMissingError: a content is not in the store.
            ServiceError: the tree cannot be written.
        """
        root = self._directory / snapshot.id
        with state_directory(self._directory):
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = self._share(snapshot, root)
        with lock:
            yield root

    def _share(self, snapshot: Snapshot, root: Path) -> FileLock:
        """A shared lock on the complete tree."""
        lock = FileLock(self._lock_file(snapshot.id))
        try:
            lock.share()
            if not root.is_dir():
                self._make_once(snapshot, root)
            lock.touch()
            self._prune()
        except BaseException:
            lock.close()
            raise
        return lock

    def _make_once(self, snapshot: Snapshot, root: Path) -> None:
        """Make the tree, or wait for who is at it.

        Makers have a lock of their own: with the one on the tree, who comes second would wait
        until the first has not only made the tree but done with it.
        """
        with FileLock(_making(root)) as lock:
            lock.exclude()
            if not root.is_dir():
                self._make(snapshot, root)

    def _make(self, snapshot: Snapshot, root: Path) -> None:
        partial = _partial(root)
        shutil.rmtree(partial, ignore_errors=True)  # of a process that died
        materialise(snapshot.rows, self._store, partial)
        partial.rename(root)  # only complete trees have this name

    def _prune(self) -> None:
        """Remove the trees that were not used for longest, but none that is in use."""
        locks = sorted(self._directory.glob("*.lock"), key=_last_use, reverse=True)
        for file in locks[self._keep :]:
            with FileLock(file) as lock:
                if lock.try_exclude() and self._remove(file.with_suffix("")):
                    _making(file.with_suffix("")).unlink(missing_ok=True)
                    file.unlink()

    def _remove(self, root: Path) -> bool:
        partial = _partial(root)
        shutil.rmtree(partial, ignore_errors=True)
        if root.is_dir():
            root.rename(partial)  # a half removed tree must not look complete
            shutil.rmtree(partial, ignore_errors=True)
        return not partial.exists()

    def _lock_file(self, snapshot_id: str) -> Path:
        return self._directory / f"{snapshot_id}.lock"


def _check(rows: Iterable[ManifestRow]) -> None:
    """The rows come from a database, which may say anything."""
    for row in rows:
        if not is_plain_path(row.path) or row.mode not in _MODES:
            raise WorkspaceError(
                f"The manifest has the file {row.path!r} of mode {row.mode:o}, "
                "which cannot come from a snapshot."
            )


def _is_there(directories: Directories, row: ManifestRow) -> bool:
    """True if a file of that size and mode has the row's name: writers never leave a part."""
    parent, name = directories.parent(row.path)
    try:
        state = os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return state.st_mode == stat.S_IFREG | row.mode and state.st_size == row.size


def _write(directories: Directories, row: ManifestRow, content: bytes) -> None:
    parent, name = directories.parent(row.path)
    fresh = temporary_name()
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(descriptor, row.mode)
        os.rename(fresh, name, src_dir_fd=parent, dst_dir_fd=parent)
    except OSError:
        os.unlink(fresh, dir_fd=parent)
        raise


def _partial(root: Path) -> Path:
    return root.with_suffix(".partial")


def _making(root: Path) -> Path:
    return root.with_suffix(".making")


def _last_use(lock: Path) -> int:
    try:
        return lock.stat().st_mtime_ns
    except FileNotFoundError:  # another process has just pruned it
        return 0
