"""Blobs in a directory of this host: one compressed file each, fanned out by hash."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pipeline_mcp.db.compression import compress, decompress
from pipeline_mcp.domain.retention import GRACE_SECONDS, REFRESH_SECONDS
from pipeline_mcp.errors import BlobMissingError
from pipeline_mcp.workspace.file_lock import FileLock
from pipeline_mcp.workspace.state_files import replace_file, state_directory

# Held together by who stores or refreshes blobs, alone by who removes them.
_LOCK = "collecting.lock"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class LocalBlobStore:
    """A `BlobStore` below `root`; several processes may share it.

    Writes are not forced to disk but by `harden`: after a power cut a damaged blob is found by its
    hash.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def missing(self, sha256s: Iterable[str]) -> set[str]:
        """Those of the hashes that have no file; the others are safe for a while."""
        settled_after = time.time() - REFRESH_SECONDS
        absent, aging = set(), []
        for sha256 in sha256s:
            changed_at = _changed_at(self._place(sha256))
            if changed_at is None:
                absent.add(sha256)
            elif changed_at < settled_after:
                aging.append(sha256)
        return absent | self._gone(aging)

    def put(self, sha256: str, content: bytes) -> None:
        """Store the content; storing it again changes nothing."""
        self.put_many({sha256: content})

    def put_many(self, contents: Mapping[str, bytes]) -> None:
        """Store each of the contents under its hash."""
        places = {sha256: Path(self._place(sha256)) for sha256 in contents}
        if not places:
            return
        with state_directory(self._root):
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(self._root / _LOCK) as lock:
                lock.share()
                for sha256, content in contents.items():
                    self._write(places[sha256], compress(content))

    def get(self, sha256: str) -> bytes:
        """The content; a damaged file is removed, so that the next snapshot stores it anew.

        Raises:
            BlobMissingError: the store does not have it, or it was damaged.
        """
        file = Path(self._place(sha256))
        with state_directory(self._root):
            try:
                frame = file.read_bytes()
            except FileNotFoundError as error:
                raise BlobMissingError(sha256) from error
            content = decompress(frame)
            if content is None or hashlib.sha256(content).hexdigest() != sha256:
                file.unlink(missing_ok=True)
                raise BlobMissingError(sha256)
        return content

    def get_many(self, sha256s: Iterable[str]) -> dict[str, bytes]:
        """The contents by hash."""
        return {sha256: self.get(sha256) for sha256 in sha256s}

    def harden(self, sha256s: Iterable[str]) -> None:
        """Force the blobs to disk, with the directories that hold them."""
        files = [Path(self._place(sha256)) for sha256 in sha256s]
        directories = {file.parent for file in files}
        with state_directory(self._root):
            for place in (*files, *directories, self._root):
                with contextlib.suppress(FileNotFoundError):
                    _force(place)

    def idle(self) -> Iterator[list[tuple[str, int]]]:
        """Pages of `(hash, stored bytes)`: blobs that nobody wanted for `GRACE_SECONDS`."""
        idle_before = time.time() - GRACE_SECONDS
        for directory in sorted(self._root.glob("[0-9a-f][0-9a-f]")):
            with os.scandir(directory) as entries:
                states = [
                    (directory.name + entry.name, entry.stat(follow_symlinks=False))
                    for entry in entries
                    if _SHA256.fullmatch(directory.name + entry.name)
                ]
            yield [(name, state.st_size) for name, state in states if state.st_mtime < idle_before]

    def discard(self, sha256s: Sequence[str]) -> tuple[int, int]:
        """Remove those of the blobs that still nobody wants; gives how many, and their bytes."""
        count, size = 0, 0
        idle_before = time.time() - GRACE_SECONDS
        with state_directory(self._root), FileLock(self._root / _LOCK) as lock:
            lock.exclude()  # nobody stores or refreshes between the look and the removal
            for file in map(Path, map(self._place, sha256s)):
                with contextlib.suppress(FileNotFoundError):  # it was damaged, and removed
                    state = file.stat()
                    if state.st_mtime < idle_before:
                        file.unlink()
                        count, size = count + 1, size + state.st_size
        return count, size

    def _gone(self, sha256s: Sequence[str]) -> set[str]:
        """Note that the blobs are wanted; gives those that were removed meanwhile."""
        if not sha256s:
            return set()
        gone = set()
        with state_directory(self._root), FileLock(self._root / _LOCK) as lock:
            lock.share()
            for sha256 in sha256s:
                try:
                    os.utime(self._place(sha256))
                except FileNotFoundError:
                    gone.add(sha256)
        return gone

    def _write(self, file: Path, frame: bytes) -> None:
        try:
            replace_file(file, frame)
        except FileNotFoundError:  # the first blob of its directory
            file.parent.mkdir(mode=0o700, exist_ok=True)
            replace_file(file, frame)

    def _place(self, sha256: str) -> str:
        """The blob's file, as text: a snapshot asks for thousands, and `Path` is slow to make."""
        if not _SHA256.fullmatch(sha256):  # it becomes a path, and it may come from a database
            raise BlobMissingError(sha256)
        return f"{self._root}/{sha256[:2]}/{sha256[2:]}"


def _force(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _changed_at(file: str) -> float | None:
    try:
        return os.stat(file).st_mtime  # noqa: PTH116 - `Path` is slow to make
    except FileNotFoundError:
        return None
