"""Going over many rows a page at a time, and removing each page in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from sqlalchemy import Connection

from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.retention import Removed

ROWS_PER_PAGE = 900

# Keys with their sizes in bytes, and what removes those that may still go: how many, what size.
Page = Sequence[tuple[str, int]]
Discard = Callable[[Sequence[str]], tuple[int, int]]


def sweep(kind: str, pages: Iterable[Page], discard: Discard, *, dry_run: bool) -> Removed:
    """Remove what is on the pages, or only count it."""
    removed = Removed(kind)
    for page in filter(None, pages):
        if dry_run:
            removed = removed.plus(len(page), sum(size for _, size in page))
        else:
            removed = removed.plus(*discard([key for key, _ in page]))
    return removed


def pages(read: Callable[[Connection, str], Page]) -> Iterator[Page]:
    """What `read` gives for the keys after the last one of each page, to the end."""
    after = ""
    while True:
        with reading() as connection:
            page = read(connection, after)
        if not page:
            return
        yield page
        after = page[-1][0]


def in_transaction(discard: Callable[[Connection, Sequence[str]], tuple[int, int]]) -> Discard:
    """The same in a transaction of its own."""

    def discard_alone(keys: Sequence[str]) -> tuple[int, int]:
        with transaction() as connection:
            return discard(connection, keys)

    return discard_alone
