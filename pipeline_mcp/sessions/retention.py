"""Remove what has expired, in an order in which nothing is left that refers to what is gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import audit, expiry, locks, results, tasks
from pipeline_mcp.db.batches import in_batches
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.retention import Removed
from pipeline_mcp.sessions.garbage import remove_blobs, remove_manifests, unused_manifests
from pipeline_mcp.sessions.sweep import ROWS_PER_PAGE, Page, in_transaction, pages, sweep
from pipeline_mcp.workspace.stores import blob_store

_DAY_SECONDS = 24 * 3600.0
_FOREVER_SECONDS = 1e10
_MEGABYTE = 1024 * 1024
_SESSIONS_PER_TRANSACTION = 20
_FINDINGS_PER_TRANSACTION = 5_000


def prune_if_due() -> tuple[Removed, ...]:
    """Remove what has expired, unless some process has begun to within `prune_minutes`."""
    if not locks.take_turn("prune", seconds=settings().prune_minutes * 60):
        return ()
    return prune()


def prune(*, dry_run: bool = False) -> tuple[Removed, ...]:
    """Remove what has expired, or find out what that would be; says it by kind.

    Several processes may do it at once, and sessions may run meanwhile.

    Raises:
        ServiceError: the database or the blobs cannot be used.
    """
    before = _end_of_retention()
    sessions = _remove_sessions(before, dry_run=dry_run)
    discard = partial(tasks.discard, before=before or 0.0)
    calls = sweep("tasks", _old_tasks(before), in_transaction(discard), dry_run=dry_run)
    forgotten = sweep("results", _old_results(), in_transaction(results.discard), dry_run=dry_run)
    unused = list(unused_manifests(before if dry_run else None))
    manifests = remove_manifests(unused, dry_run=dry_run)
    going = {snapshot_id for page in unused for snapshot_id, _ in page} if dry_run else ()
    blobs = remove_blobs(blob_store(settings()), but=going, dry_run=dry_run)
    entries = sweep("audit", _old_entries(), in_transaction(audit.discard), dry_run=dry_run)
    return sessions, calls, forgotten, manifests, blobs, entries


def _end_of_retention() -> float | None:
    """Sessions that ended before that moment have expired; None if they never do."""
    days = settings().retention_days
    if not days:
        return None
    with reading() as connection:
        return expiry.moment(connection, days * _DAY_SECONDS)


def _remove_sessions(before: float | None, *, dry_run: bool) -> Removed:
    removed = Removed("sessions")
    if before is None:
        return removed
    with reading() as connection:
        expired = expiry.expired(connection, before)
    for batch in in_batches(expired, _SESSIONS_PER_TRANSACTION):
        with reading() as connection:
            size = expiry.size(connection, batch)
        removed = removed.plus(len(batch) if dry_run else _remove(batch, before), size)
    return removed


def _old_tasks(before: float | None) -> Iterator[Page]:
    """The tasks of calls; a session's went with it."""
    if before is not None:
        yield from pages(
            lambda connection, after: tasks.expired_page(
                connection, before, after=after, limit=ROWS_PER_PAGE
            )
        )


def _remove(session_ids: Sequence[str], before: float) -> int:
    """Remove the sessions; first their findings, of which one may have very many."""
    went = _FINDINGS_PER_TRANSACTION
    while went == _FINDINGS_PER_TRANSACTION:
        with transaction() as connection:
            went = expiry.remove_findings(connection, session_ids, limit=_FINDINGS_PER_TRANSACTION)
    with transaction() as connection:
        return expiry.remove(connection, session_ids, before)


def _old_entries() -> Iterator[Page]:
    """Entries of the audit that are older than it is kept."""
    days = settings().audit_days
    if days:
        yield from pages(
            lambda connection, after: audit.old_page(
                connection, seconds=days * _DAY_SECONDS, after=after, limit=ROWS_PER_PAGE
            )
        )


def _old_results() -> Iterator[Page]:
    """Results that were long of no use, then those for which there is no room."""
    seconds = settings().cache_days * _DAY_SECONDS or _FOREVER_SECONDS
    yield from pages(
        lambda connection, after: results.idle_page(
            connection, seconds=seconds, after=after, limit=ROWS_PER_PAGE
        )
    )
    most_bytes = settings().cache_megabytes * _MEGABYTE
    if most_bytes:
        with reading() as connection:
            beyond = results.beyond(connection, most_bytes, unless_idle_for=seconds)
        yield from in_batches(beyond, ROWS_PER_PAGE)
