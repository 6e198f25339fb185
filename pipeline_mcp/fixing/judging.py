"""The verdict on a candidate that was scanned."""

from __future__ import annotations

from collections.abc import Callable

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import candidates, manifests, sessions
from pipeline_mcp.db.candidates import Candidate
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.snapshot import Snapshot
from pipeline_mcp.fixing.candidate import session_tools
from pipeline_mcp.fixing.comparison import Comparison, Texts, compare
from pipeline_mcp.fixing.document import read_document
from pipeline_mcp.fixing.fixers import formatters
from pipeline_mcp.fixing.proofs import broken_proofs
from pipeline_mcp.fixing.situation import Situation, scan_of
from pipeline_mcp.workspace.blobs import BlobStore
from pipeline_mcp.workspace.stores import blob_store

_MOST_REASONS = 20


def judge(now: Situation, candidate: Candidate, is_wanted: Callable[[], bool]) -> None:
    """Compare the candidate's scan with that of its base, ask the proofs, and write the verdict.

    Raises:
        StoppedError: `is_wanted` said no.
        BlobMissingError: a content is not in the store any more.
    """
    with reading() as connection:
        before = scan_of(connection, now.session_id, candidate.base_cycle)
        after = scan_of(connection, now.session_id, candidate.cycle)
        base_id = candidates.snapshot_of(connection, now.row, candidate.base_cycle)
        base = manifests.load(connection, base_id or "")
        fixed = manifests.load(connection, candidate.snapshot_id)
    store = blob_store(settings())
    whole_files = formatters(session_tools(now.request, before))
    texts = changed_texts(base, fixed, store)
    said = compare(before, after, texts, whole_files=whole_files)
    broken: tuple[str, ...] = ()
    if said.is_good and now.plan.proofs:
        broken = broken_proofs(now.plan.proofs, base, fixed, store, is_wanted)
    with transaction() as connection:
        if not sessions.hold(connection, now.session_id):
            return
        sessions.touch(connection, now.session_id)
        candidates.judge(
            connection,
            now.session_id,
            candidate.cycle,
            is_good=said.is_good and not broken,
            blamed=said.blamed if not said.worse else (),
            reasons=[*_reasons(said), *broken],
        )


def changed_texts(base: Snapshot, fixed: Snapshot, store: BlobStore) -> Texts:
    """A function from a path to its text before and after; None where it did not change."""
    old = {row.path: row.sha256 for row in base.rows}
    new = {row.path: row.sha256 for row in fixed.rows}

    def texts(path: str) -> tuple[str, str] | None:
        if path not in new or old.get(path) == new[path]:
            return None
        pair = [read_document(store.get(one[path])) for one in (old, new)]
        before, after = pair
        return (before.text, after.text) if before and after else None

    return texts


def _reasons(said: Comparison) -> list[str]:
    added = [_sentence(finding) for finding in said.added[:_MOST_REASONS]]
    return [*said.worse, *added]


def _sentence(finding: Finding) -> str:
    place = f"{finding.path}:{finding.line}" if finding.line else finding.path or "the program"
    return f"{finding.tool} finds {finding.rule} in {place}: {finding.message[:200]}"
