"""Manifests that no session has, and blobs that no manifest names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from pipeline_mcp.db import manifests
from pipeline_mcp.db.engine import reading
from pipeline_mcp.domain.retention import Removed
from pipeline_mcp.sessions.sweep import ROWS_PER_PAGE, Page, in_transaction, pages, sweep
from pipeline_mcp.workspace.blobs import BlobStore

# A manifest may name a hundred thousand files.
_MANIFESTS_PER_QUERY = 20
# Of so many blobs it is found out together whether a manifest names them: memory against time.
_BLOBS_PER_GROUP = 200_000


def unused_manifests(expired_before: float | None) -> Iterator[Page]:
    """Snapshots that no session has; sessions that ended before that moment do not count."""
    return pages(
        lambda connection, after: manifests.idle_page(
            connection, after=after, limit=ROWS_PER_PAGE, expired_before=expired_before
        )
    )


def remove_manifests(found: Iterable[Page], *, dry_run: bool) -> Removed:
    """Remove those of the snapshots that still no session has."""
    return sweep("manifests", found, in_transaction(manifests.discard), dry_run=dry_run)


def remove_blobs(store: BlobStore, *, but: Collection[str], dry_run: bool) -> Removed:
    """Remove the blobs that no manifest names, the manifests of the snapshots `but` aside.

    A snapshot that is being taken has refreshed what it will name, so that the store keeps it.
    """
    found = (_unnamed(group, but) for group in _groups(store.idle()))
    return sweep("blobs", found, store.discard, dry_run=dry_run)


def _unnamed(sizes: dict[str, int], but: Collection[str]) -> Page:
    after = ""
    while sizes:
        with reading() as connection:
            after, named = manifests.digests(
                connection, after=after, limit=_MANIFESTS_PER_QUERY, but=but
            )
        if not after:
            break
        for sha256 in named & sizes.keys():
            del sizes[sha256]
    return list(sizes.items())


def _groups(found: Iterable[Page]) -> Iterator[dict[str, int]]:
    group: dict[str, int] = {}
    for page in found:
        group.update(page)
        if len(group) >= _BLOBS_PER_GROUP:
            yield group
            group = {}
    yield group
