"""Hold the line: which findings of a scan are known, and by what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

from sqlalchemy import Connection

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import candidates, findings, lines, manifests, sessions
from pipeline_mcp.domain.baseline import Entry, entry_of
from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.session import SessionRequest, request_from_dict
from pipeline_mcp.domain.snapshot import Snapshot
from pipeline_mcp.domain.suppression import SUPPRESSED, suppression_from_dict
from pipeline_mcp.errors import BlobMissingError
from pipeline_mcp.scanning.fingerprint import places
from pipeline_mcp.scanning.matching import match
from pipeline_mcp.workspace.stores import blob_store

BASELINE = "baseline "
BASE = "base "


def known_findings(
    connection: Connection, session_id: str, *, cycle: int, snapshot_id: str
) -> dict[int, str]:
    """The known findings of a scan that has ended, by their numbers, and by what they are known.

    Raises:
        BaselineError: the stored baseline is damaged.
        UnknownSessionError, SnapshotMissingError: the session of the base is gone.
    """
    request = request_from_dict(sessions.work(connection, session_id)["request"])
    held = lines.get(connection, session_id)
    if held is None and not request.suppressions and request.base is None:
        return {}
    numbered = findings.numbered(connection, session_id, cycle=cycle)
    known = _suppressed(request, numbered)
    snapshot = manifests.load(connection, snapshot_id)
    if held is not None:
        covered = _covered(numbered, known, held.file.baseline.entries, snapshot, held.renames)
        known |= dict.fromkeys(covered, f"{BASELINE}{held.file.path}")
    if request.base is not None:
        entries = entries_of(connection, request.base["session_id"])
        covered = _covered(numbered, known, entries, snapshot, request.base["renames"])
        known |= dict.fromkeys(covered, f"{BASE}{request.base['ref']}")
    return known


def entries_of(connection: Connection, session_id: str) -> tuple[Entry, ...]:
    """What a baseline would keep of all that the session found, in the order of findings."""
    found = findings.all_of(connection, session_id)
    where = places(found, texts(snapshot_that_counts(connection, session_id))) if found else []
    return tuple(entry_of(one, *place) for one, place in zip(found, where, strict=True))


def snapshot_that_counts(connection: Connection, session_id: str) -> Snapshot:
    """The snapshot that the session's findings are about: the one with the accepted fixes.

    Raises:
        UnknownSessionError, SnapshotMissingError: there is none.
    """
    row = sessions.get(connection, session_id)
    snapshot_id = candidates.snapshot_of(connection, row, row["good_cycle"])
    return manifests.load(connection, snapshot_id or "")


def texts(snapshot: Snapshot) -> Callable[[str], str | None]:
    """A function from a path to the file's text in the snapshot, or None."""
    digests = {row.path: row.sha256 for row in snapshot.rows}
    store = blob_store(settings())

    @cache
    def text(path: str) -> str | None:
        if path not in digests:
            return None
        try:
            return store.get(digests[path]).decode("utf-8", "replace")
        except BlobMissingError:
            return None  # expired: the message stands for the line

    return text


def _suppressed(request: SessionRequest, numbered: Mapping[int, Finding]) -> dict[int, str]:
    wanted = [suppression_from_dict(each) for each in request.suppressions]
    known = {}
    for number, finding in numbered.items():
        for suppression in wanted:
            if suppression.covers(finding):
                known[number] = f"{SUPPRESSED}{suppression.reason} ({suppression.owner})"
                break
    return known


def _covered(
    numbered: Mapping[int, Finding],
    known: Mapping[int, str],
    entries: Sequence[Entry],
    snapshot: Snapshot,
    renames: Mapping[str, str],
) -> list[int]:
    rest = {number: one for number, one in numbered.items() if number not in known}
    matching = match(
        list(rest.values()),
        entries,
        places=partial(places, source=texts(snapshot)),
        paths=[row.path for row in snapshot.rows],
        renames=renames,
    )
    numbers = list(rest)
    return [numbers[at] for at in sorted(matching.known)]
