"""Taking a snapshot: list, look, read what is new, store what is missing."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline_mcp.domain.snapshot import ManifestRow, SkippedFile, Snapshot, make_snapshot
from pipeline_mcp.errors import WorkspaceError
from pipeline_mcp.workspace.batches import MOST_BYTES, MOST_FILES
from pipeline_mcp.workspace.blobs import BlobStore
from pipeline_mcp.workspace.confine import confine_file, is_plain_path, is_utf8
from pipeline_mcp.workspace.directories import Directories
from pipeline_mcp.workspace.reading import LeftOutError, look, read
from pipeline_mcp.workspace.stat_index import StatIndex
from pipeline_mcp.workspace.walk import Listing, list_files, too_many_files


@dataclass(frozen=True, slots=True)
class SnapshotLimits:
    """How many files a snapshot may have, and how large each may be, in bytes."""

    max_files: int
    max_file_bytes: int


def take_snapshot(
    workspace: Path,
    store: BlobStore,
    *,
    limits: SnapshotLimits,
    exclude: tuple[str, ...] = (),
    untouched: tuple[str, ...] = (),
    files: tuple[str, ...] = (),
    index: StatIndex | None = None,
) -> Snapshot:
    """The workspace as it is now, its contents in `store`.

    `workspace` is what `resolve_workspace` gave. With `files` only those are in the snapshot.
    `exclude` and `untouched` as in `list_files`.
    What is left out is in `skipped` with its reason; deleted files are simply not there.

    Raises:
        WorkspaceError: the workspace cannot be listed, or has too many files.
        ServiceError: the blobs or the index cannot be stored.
    """
    taking = _Taking(workspace, store, limits, index)
    began_ns = time.time_ns()
    listing = (
        Listing(sorted({confine_file(workspace, file) for file in files}))
        if files
        else list_files(workspace, exclude=exclude, untouched=untouched, max_files=limits.max_files)
    )
    taking.skipped += listing.skipped
    try:
        with Directories(workspace) as directories:
            taking.look(directories, sorted(listing.paths))
            taking.recall()
            taking.read(directories)
    except OSError as error:
        raise WorkspaceError(f"{workspace} cannot be read: {error.strerror}.") from error
    if index is not None:
        index.replace(taking.settled, taken_at_ns=began_ns, keep=bool(files))
    return make_snapshot(taking.rows, taking.skipped)


@dataclass(slots=True)
class _Taking:
    """A snapshot in the making: `states` are the files found and not yet in `rows`."""

    workspace: Path
    store: BlobStore
    limits: SnapshotLimits
    index: StatIndex | None
    states: dict[str, os.stat_result] = field(default_factory=dict)
    rows: list[ManifestRow] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)
    settled: dict[str, tuple[os.stat_result, str]] = field(default_factory=dict)

    def look(self, directories: Directories, paths: Iterable[str]) -> None:
        """Find out which of the paths are files, and of what state."""
        for path in paths:
            try:
                _check_name(path)
                self.states[path] = look(directories, path, self.limits.max_file_bytes)
            except LeftOutError as left_out:
                self._skip(path, left_out.reason)
            if len(self.states) > self.limits.max_files:
                raise too_many_files(self.workspace, self.limits.max_files)

    def recall(self) -> None:
        """Answer from the index what has not changed, as far as the store still has it."""
        if self.index is None:
            return
        known = {
            path: sha256
            for path, state in self.states.items()
            if (sha256 := self.index.lookup(path, state)) is not None
        }
        missing = self.store.missing(set(known.values()))
        for path, sha256 in known.items():
            if sha256 not in missing:
                state = self.states.pop(path)
                self.settled[path] = (state, sha256)
                self.rows.append(_row(path, state, sha256, state.st_size))

    def read(self, directories: Directories) -> None:
        """Read all that is left, each file once: what is hashed is what is stored."""
        batch = _Batch(self.store)
        for path in self.states:
            try:
                found = read(directories, path, self.limits.max_file_bytes)
            except LeftOutError as left_out:
                self._skip(path, left_out.reason)
                continue
            sha256 = batch.add(found.content)
            self.rows.append(_row(path, found.state, sha256, len(found.content)))
            if found.is_settled:
                self.settled[path] = (found.state, sha256)
        batch.flush()

    def _skip(self, path: str, reason: str) -> None:
        if reason:
            shown = os.fsencode(path).decode("utf-8", "backslashreplace")
            self.skipped.append(SkippedFile(shown, reason))


@dataclass(slots=True)
class _Batch:
    """Contents on their way to the store, which is asked about many at once."""

    store: BlobStore
    contents: dict[str, bytes] = field(default_factory=dict)
    size: int = 0

    def add(self, content: bytes) -> str:
        """Put the content on the way; gives its sha256."""
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 not in self.contents:
            self.contents[sha256] = content
            self.size += len(content)
            if len(self.contents) >= MOST_FILES or self.size >= MOST_BYTES:
                self.flush()
        return sha256

    def flush(self) -> None:
        """Store what the store does not have."""
        missing = self.store.missing(self.contents)
        self.store.put_many({sha256: self.contents[sha256] for sha256 in missing})
        self.contents.clear()
        self.size = 0


def _check_name(path: str) -> None:
    if not is_utf8(path):
        raise LeftOutError("its name is not UTF-8")
    if not is_plain_path(path):
        raise LeftOutError("it is git's own")


def _row(path: str, state: os.stat_result, sha256: str, size: int) -> ManifestRow:
    # As in git, only the owner's permission to execute counts: the rest is up to the umask.
    return ManifestRow(path, 0o755 if state.st_mode & 0o100 else 0o644, sha256, size)
