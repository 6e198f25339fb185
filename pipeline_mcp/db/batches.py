"""Many keys in batches that one statement can take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

# Both databases take more parameters; beyond some hundreds nothing gets faster.
KEYS_PER_STATEMENT = 900

Key = TypeVar("Key")


def in_batches(keys: Iterable[Key], size: int = KEYS_PER_STATEMENT) -> Iterator[list[Key]]:
    """The keys in their order, `size` in each list but the last one, none of them empty."""
    remaining = iter(keys)
    while batch := list(islice(remaining, size)):
        yield batch
