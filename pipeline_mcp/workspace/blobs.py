"""The content of files, addressed by sha256."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class BlobStore(Protocol):
    """Where blobs live; all methods may be called from several threads and hosts at once."""

    def missing(self, sha256s: Iterable[str]) -> set[str]:
        """Those of the hashes that the store does not have."""

    def put(self, sha256: str, content: bytes) -> None:
        """Store `content` under its hash; storing it again changes nothing."""

    def get(self, sha256: str) -> bytes:
        """The content, checked against its hash.

        Raises:
            BlobMissingError: the store does not have it, or what it has is damaged.
        """
