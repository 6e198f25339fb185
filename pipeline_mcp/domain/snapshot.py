"""An immutable, content-addressed picture of a workspace."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class ManifestRow:
    """One file: `path` relative with `/`, `mode` 0o644 or 0o755, `size` in bytes."""

    path: str
    mode: int
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, order=True)
class SkippedFile:
    """A file that the snapshot left out, and why, in one clause."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rows, sorted by path; `id` is the hash of all of them and of nothing else."""

    id: str
    rows: tuple[ManifestRow, ...]
    skipped: tuple[SkippedFile, ...] = ()

    @property
    def total_bytes(self) -> int:
        """The size of all files together, in bytes."""
        return sum(row.size for row in self.rows)


def make_snapshot(rows: Iterable[ManifestRow], skipped: Iterable[SkippedFile] = ()) -> Snapshot:
    """Sort the rows and name them by their hash; the skipped files do not count."""
    ordered = tuple(sorted(rows))
    digest = hashlib.sha256()
    for row in ordered:
        # NUL cannot occur in a path, so no two manifests can run into the same bytes.
        path = row.path.encode("utf-8", "surrogateescape")
        digest.update(b"%s\0%o\0%s\0%d\0" % (path, row.mode, row.sha256.encode(), row.size))
    return Snapshot(digest.hexdigest(), ordered, tuple(sorted(skipped)))
