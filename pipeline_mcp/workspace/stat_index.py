"""What the last snapshot read, so that the next one reads only what has changed since."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pipeline_mcp.db.compression import compress, decompress
from pipeline_mcp.workspace.state_files import replace_file, state_directory

_VERSION = 1
# A file changed again within one tick of its file system's clock looks unchanged; FAT ticks 2 s.
_RACY_NS = 2_000_000_000

# mtime and ctime in nanoseconds, size in bytes, inode, sha256
_Entry = tuple[int, int, int, int, str]


class StatIndex:
    """Remembers the hash of each file together with the state it had when it was read.

    Files touched less than two seconds before the snapshot are never remembered.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._entries = _load(file)

    @classmethod
    def for_workspace(cls, state_dir: Path, workspace: Path) -> Self:
        """The index of `workspace`, kept below the state directory; a damaged one is empty."""
        name = hashlib.sha256(os.fsencode(workspace)).hexdigest()
        return cls(state_dir / "indexes" / name)

    def lookup(self, path: str, state: os.stat_result) -> str | None:
        """The file's sha256, or None if it may have changed since it was read."""
        entry = self._entries.get(path)
        if entry is None or entry[:4] != _identity(state):
            return None
        return entry[4]

    def replace(
        self, files: Mapping[str, tuple[os.stat_result, str]], *, taken_at_ns: int, keep: bool
    ) -> None:
        """Remember `(state, sha256)` by path, and forget all others unless `keep`.

        `taken_at_ns` is when the snapshot began, in nanoseconds since the epoch.

        Raises:
            ServiceError: the state directory cannot be written.
        """
        settled_before = taken_at_ns - _RACY_NS
        entries: dict[str, _Entry] = {
            path: (*_identity(state), sha256)
            for path, (state, sha256) in files.items()
            if max(state.st_mtime_ns, state.st_ctime_ns) < settled_before
        }
        if keep:
            entries = {
                path: old for path, old in self._entries.items() if path not in files
            } | entries
        if entries == self._entries:
            return
        document = json.dumps([_VERSION, entries], ensure_ascii=False, separators=(",", ":"))
        with state_directory(self._file):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(self._file, compress(document.encode()))
        self._entries = entries


def _identity(state: os.stat_result) -> tuple[int, int, int, int]:
    return (state.st_mtime_ns, state.st_ctime_ns, state.st_size, state.st_ino)


def _load(file: Path) -> dict[str, _Entry]:
    """The entries, or none: without an index everything is read, and nothing is wrong."""
    try:
        document = decompress(file.read_bytes())
        version, entries = json.loads(document or b"")
        if version != _VERSION:
            return {}
        return {
            path: (m, c, size, inode, sha256)
            for path, (m, c, size, inode, sha256) in entries.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
