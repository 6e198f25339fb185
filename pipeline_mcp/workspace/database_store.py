"""Blobs in the database that the workers share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline_mcp.db import blobs
from pipeline_mcp.db.batches import KEYS_PER_STATEMENT, in_batches
from pipeline_mcp.db.compression import compress, decompress
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.errors import BlobMissingError


class DatabaseBlobStore:
    """A `BlobStore` in the table `blob` of the database at `url`, or of the settings'."""

    def __init__(self, url: str | None = None) -> None:
        self._url = url

    def missing(self, sha256s: Iterable[str]) -> set[str]:
        """Those of the hashes that have no row; the others are safe for a while."""
        wanted = set(sha256s)
        known: set[str] = set()
        aging: set[str] = set()
        with reading(self._url) as connection:
            for batch in in_batches(wanted):
                found, old = blobs.known(connection, batch)
                known |= found
                aging |= old
        return wanted - (known - aging) - self._refreshed(aging)

    def _refreshed(self, aging: Iterable[str]) -> set[str]:
        """Those that were kept from being collected; the others are gone."""
        kept: set[str] = set()
        for batch in in_batches(aging):
            with transaction(self._url) as connection:
                kept |= blobs.refresh(connection, batch)
        return kept

    def put(self, sha256: str, content: bytes) -> None:
        """Store the content; storing it again changes nothing."""
        self.put_many({sha256: content})

    def put_many(self, contents: Mapping[str, bytes]) -> None:
        """Store the contents in one transaction."""
        frames = {sha256: (len(content), compress(content)) for sha256, content in contents.items()}
        with transaction(self._url) as connection:
            blobs.insert(connection, frames)

    def get(self, sha256: str) -> bytes:
        """The content; a damaged row is removed, so that the next snapshot stores it anew.

        Raises:
            BlobMissingError: the store does not have it, or it was damaged.
        """
        return self.get_many([sha256])[sha256]

    def get_many(self, sha256s: Iterable[str]) -> dict[str, bytes]:
        """The contents by hash, a few queries for all of them.

        Raises:
            BlobMissingError: the store does not have one of them, or it was damaged.
        """
        wanted = set(sha256s)
        frames: dict[str, bytes] = {}
        with reading(self._url) as connection:
            for batch in in_batches(wanted):
                frames |= blobs.read(connection, batch)
        return {sha256: self._checked(sha256, frames.get(sha256)) for sha256 in wanted}

    def harden(self, sha256s: Iterable[str]) -> None:
        """Nothing: the database has written down what was committed."""

    def idle(self) -> Iterator[list[tuple[str, int]]]:
        """Pages of `(hash, stored bytes)`: blobs that nobody wanted for `GRACE_SECONDS`."""
        after = ""
        while True:
            with reading(self._url) as connection:
                page = blobs.idle_page(connection, after=after, limit=KEYS_PER_STATEMENT)
            if not page:
                return
            yield page
            after = page[-1][0]

    def discard(self, sha256s: Sequence[str]) -> tuple[int, int]:
        """Remove those of the blobs that still nobody wants; gives how many, and their bytes."""
        count, size = 0, 0
        for batch in in_batches(sha256s):
            with transaction(self._url) as connection:
                went, freed = blobs.discard(connection, batch)
            count, size = count + went, size + freed
        return count, size

    def _checked(self, sha256: str, frame: bytes | None) -> bytes:
        if frame is None:
            raise BlobMissingError(sha256)
        content = decompress(frame)
        if content is None or hashlib.sha256(content).hexdigest() != sha256:
            with transaction(self._url) as connection:
                blobs.remove(connection, sha256)
            raise BlobMissingError(sha256)
        return content
