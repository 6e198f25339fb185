"""Blobs in a directory of this host: one compressed file each, fanned out by hash."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from pipeline_mcp.db.compression import compress, decompress
from pipeline_mcp.errors import BlobMissingError
from pipeline_mcp.workspace.state_files import replace_file, state_directory

_SHA256 = re.compile(r"[0-9a-f]{64}")


class LocalBlobStore:
    """A `BlobStore` below `root`; several processes may share it.

    Writes are not forced to disk: after a power cut a damaged blob is found by its hash.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def missing(self, sha256s: Iterable[str]) -> set[str]:
        """Those of the hashes that have no file."""
        return {sha256 for sha256 in sha256s if not os.access(self._place(sha256), os.F_OK)}

    def put(self, sha256: str, content: bytes) -> None:
        """Store the content; storing it again changes nothing."""
        file = Path(self._place(sha256))
        frame = compress(content)
        with state_directory(self._root):
            try:
                replace_file(file, frame)
            except FileNotFoundError:  # the first blob of its directory
                self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
                file.parent.mkdir(mode=0o700, exist_ok=True)
                replace_file(file, frame)

    def put_many(self, contents: Mapping[str, bytes]) -> None:
        """Store each of the contents under its hash."""
        for sha256, content in contents.items():
            self.put(sha256, content)

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

    def _place(self, sha256: str) -> str:
        """The blob's file, as text: a snapshot asks for thousands, and `Path` is slow to make."""
        if not _SHA256.fullmatch(sha256):  # it becomes a path, and it may come from a database
            raise BlobMissingError(sha256)
        return f"{self._root}/{sha256[:2]}/{sha256[2:]}"
