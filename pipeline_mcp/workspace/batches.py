"""Files in batches that one transaction and the memory can take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

MOST_FILES = 500
MOST_BYTES = 32 * 1024 * 1024


class Sized(Protocol):
    """Whatever knows how many bytes its file has."""

    @property
    def size(self) -> int:
        """Bytes."""


File = TypeVar("File", bound=Sized)


def batches(files: Iterable[File]) -> Iterator[list[File]]:
    """The files in their order, none of the lists empty; one ends once it reaches a limit."""
    batch: list[File] = []
    size = 0
    for one in files:
        batch.append(one)
        size += one.size
        if len(batch) >= MOST_FILES or size >= MOST_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
