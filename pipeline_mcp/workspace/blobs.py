"""The content of files, addressed by sha256."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol


class BlobStore(Protocol):
    """Where blobs live; all methods may be called from several threads and hosts at once."""

    def missing(self, sha256s: Iterable[str]) -> set[str]:
        """Those of the hashes that the store does not have.

        The others stay for at least `REFRESH_SECONDS` from now, whoever collects garbage.
        """

    def put(self, sha256: str, content: bytes) -> None:
        """Store `content` under its hash; storing it again changes nothing."""

    def put_many(self, contents: Mapping[str, bytes]) -> None:
        """Store a batch that fits into memory, hash to content."""

    def get(self, sha256: str) -> bytes:
        """The content, checked against its hash.

        Raises:
            BlobMissingError: the store does not have it, or what it has is damaged.
        """

    def get_many(self, sha256s: Iterable[str]) -> dict[str, bytes]:
        """The contents of a batch that fits into memory, each checked against its hash.

        Raises:
            BlobMissingError: the store does not have one of them, or it is damaged.
        """

    def harden(self, sha256s: Iterable[str]) -> None:
        """See that the blobs outlast a power cut; those that are not there are passed over."""

    def idle(self) -> Iterator[list[tuple[str, int]]]:
        """Pages of `(hash, stored bytes)`: blobs that nobody wanted for `GRACE_SECONDS`."""

    def discard(self, sha256s: Sequence[str]) -> tuple[int, int]:
        """Remove those of the blobs that still nobody wants; gives how many, and their bytes."""
