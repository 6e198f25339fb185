"""The beginning and the end of a round of fixes, and of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from sqlalchemy import Connection

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import candidates, fix_steps, manifests, patches, sessions, stages
from pipeline_mcp.db.candidates import Candidate
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.patch import FileChange, FixStep, Patch, StepState
from pipeline_mcp.domain.session import Stage
from pipeline_mcp.domain.snapshot import Snapshot
from pipeline_mcp.domain.unit import INCOMPLETE_OUTCOMES
from pipeline_mcp.fixing.bisection import Settled
from pipeline_mcp.fixing.candidate import session_tools
from pipeline_mcp.fixing.choosing import choose
from pipeline_mcp.fixing.comparison import Scan, count_fixed
from pipeline_mcp.fixing.diff import git_diff
from pipeline_mcp.fixing.going_on import Standing, reason_to_end, room
from pipeline_mcp.fixing.guards import Change
from pipeline_mcp.fixing.proposal import proposed_steps
from pipeline_mcp.fixing.score import quality_score
from pipeline_mcp.fixing.situation import ALL_ROUNDS, Situation, scan_of
from pipeline_mcp.scanning.targets import is_target
from pipeline_mcp.workspace.blobs import BlobStore
from pipeline_mcp.workspace.stores import blob_store

_NOTHING_FIXABLE = "Nothing else can be fixed by a tool."
_NOTHING_ENDED = "no finding was ended by it"
_NOT_ALONE = "it could not be told apart within the number of scans that a cycle may take"


def begin_or_end(now: Situation, is_wanted: Callable[[], bool]) -> None:
    """Begin the next round with its steps, or end the fixes with the reason."""
    with reading() as connection:
        scan = scan_of(connection, now.session_id, now.good_cycle)
        base = _snapshot(connection, now, now.good_cycle)
        patch = patches.get(connection, now.session_id)
    fixed = patch.fixed if patch else 0
    standing = _standing(now, scan, base, fixed)
    why = reason_to_end(now.plan, standing, now.request.fail_on)
    steps = () if why else _steps(now, scan, base, room(now.plan, fixed), is_wanted)
    with transaction() as connection:
        if not sessions.hold(connection, now.session_id):
            return
        if steps:
            _begin(connection, now, steps)
        else:
            _end(connection, now, why or _NOTHING_FIXABLE, standing.score)


def settle(now: Situation, round_: int, settled: Settled, *, gave_up: bool = False) -> None:
    """End the round: what may stay becomes the session's patch."""
    accepted = next((one for one in now.candidates if _is(one, round_, settled)), None)
    with reading() as connection:
        before = scan_of(connection, now.session_id, now.good_cycle)
        after = scan_of(connection, now.session_id, accepted.cycle) if accepted else before
    meant = [
        fingerprint
        for record in now.records
        if accepted and record.round == round_ and record.step.number in accepted.steps
        for fingerprint in record.step.fingerprints
    ]
    if now.plan.proposal is not None:  # it does not say what it is meant to end
        meant = [finding.fingerprint for finding in before.findings]
    fixed = count_fixed(meant, before.findings, after.findings)
    is_of_use = fixed or now.plan.proposal is not None
    patch = _patch(now, accepted, fixed) if accepted and is_of_use else None
    detail = {"fixed": fixed, "gave_up": gave_up}
    with transaction() as connection:
        if not sessions.hold(connection, now.session_id):
            return
        if not stages.close(connection, now.session_id, Stage.FIX, cycle=round_, detail=detail):
            return
        _settle_steps(connection, now, round_, settled, accepted if patch else None)
        if accepted and patch:
            patches.save(connection, now.session_id, patch)
            sessions.advance(connection, now.session_id, Stage.FIX, good_cycle=accepted.cycle)


def _is(candidate: Candidate, round_: int, settled: Settled) -> bool:
    return (
        candidate.round == round_
        and bool(candidate.is_good)
        and candidate.steps == settled.accepted
    )


def _standing(now: Situation, scan: Scan, base: Snapshot, fixed: int) -> Standing:
    counts = Counter(finding.severity for finding in scan.findings if finding.is_new)
    files = sum(is_target(row.path, now.request.files) for row in base.rows)
    failed = [name for name, outcome in scan.outcomes.items() if outcome in INCOMPLETE_OUTCOMES]
    score = quality_score(counts, files, scan.outcomes.values())
    return Standing(now.rounds, fixed, counts, score, failed, now.gave_up)


def _steps(
    now: Situation,
    scan: Scan,
    base: Snapshot,
    limit: int | None,
    is_wanted: Callable[[], bool],
) -> tuple[FixStep, ...]:
    if now.plan.proposal is None:
        return _choose(now, scan, base, limit)

    def is_asked_about(path: str) -> bool:
        return is_target(path, now.request.files)

    store = blob_store(settings())
    return proposed_steps(now.plan.proposal, base, store, is_asked_about, is_wanted)


def _choose(now: Situation, scan: Scan, base: Snapshot, limit: int | None) -> tuple[FixStep, ...]:
    hashes = {row.path: row.sha256 for row in base.rows}
    store = blob_store(settings())

    def content(path: str) -> bytes | None:
        if path not in hashes or not is_target(path, now.request.files):
            return None
        return store.get(hashes[path])

    tried = {
        (record.step.fixer, fingerprint)
        for record in now.records
        if record.state in {StepState.REJECTED, StepState.REFUSED}
        for fingerprint in record.step.fingerprints
    }
    return choose(
        scan.findings,
        content,
        session_tools(now.request, scan),
        limit=limit,
        unsafe=now.plan.unsafe,
        tried=tried,
    )


def _begin(connection: Connection, now: Situation, steps: tuple[FixStep, ...]) -> None:
    round_ = now.rounds + 1
    if stages.begin(connection, now.session_id, Stage.FIX, cycle=round_, expected=len(steps)):
        fix_steps.insert(connection, now.session_id, round_, steps)
        sessions.advance(connection, now.session_id, Stage.FIX)


def _end(connection: Connection, now: Situation, why: str, score: float) -> None:
    stages.begin(connection, now.session_id, Stage.FIX, cycle=ALL_ROUNDS)
    detail = {"ended": why, "score": score, "rounds": now.rounds}
    if stages.close(connection, now.session_id, Stage.FIX, cycle=ALL_ROUNDS, detail=detail):
        sessions.advance(connection, now.session_id, Stage.CLEANUP)


def _settle_steps(
    connection: Connection,
    now: Situation,
    round_: int,
    settled: Settled,
    accepted: Candidate | None,
) -> None:
    session_id = now.session_id
    kept = accepted.steps if accepted else frozenset()
    fix_steps.settle(connection, session_id, round_, kept, StepState.ACCEPTED)
    if accepted:
        fix_steps.note_hashes(connection, session_id, round_, accepted.hashes)
    for number in settled.rejected:
        fix_steps.settle(
            connection,
            session_id,
            round_,
            [number],
            StepState.REJECTED,
            reason=_why_rejected(now, round_, number),
        )
    for numbers, said in (
        (settled.unasked, _NOT_ALONE),
        (settled.accepted - kept, _NOTHING_ENDED),
    ):
        fix_steps.settle(connection, session_id, round_, numbers, StepState.REJECTED, reason=said)


def _why_rejected(now: Situation, round_: int, number: int) -> str:
    """What was said of the smallest candidate that was bad with the step in it."""
    bad = [
        one
        for one in now.candidates
        if one.round == round_ and one.is_good is False and number in one.steps
    ]
    smallest = min(bad, key=lambda one: len(one.steps), default=None)
    return "; ".join(smallest.reasons[:3]) if smallest else "it makes something worse"


def _patch(now: Situation, accepted: Candidate, fixed: int) -> Patch:
    with reading() as connection:
        earlier = patches.get(connection, now.session_id)
        before = _snapshot(connection, now, 1)
        after = manifests.load(connection, accepted.snapshot_id)
    return make_patch(
        before, after, blob_store(settings()), fixed=fixed + (earlier.fixed if earlier else 0)
    )


def make_patch(before: Snapshot, after: Snapshot, store: BlobStore, *, fixed: int) -> Patch:
    """What leads from one snapshot to the other, which has the same files.

    Raises:
        BlobMissingError: a content is not in the store.
    """
    old = {row.path: row for row in before.rows}
    changed = [row for row in after.rows if row.sha256 != old[row.path].sha256]
    content: Callable[[str], bytes] = store.get
    return Patch(
        base_snapshot_id=before.id,
        snapshot_id=after.id,
        changes=tuple(
            FileChange(row.path, row.mode, old[row.path].sha256, row.sha256) for row in changed
        ),
        diff=git_diff(
            (Change(row.path, content(old[row.path].sha256), content(row.sha256)), row.mode)
            for row in changed
        ),
        fixed=fixed,
    )


def _snapshot(connection: Connection, now: Situation, cycle: int) -> Snapshot:
    snapshot_id = candidates.snapshot_of(connection, now.row, cycle)
    return manifests.load(connection, snapshot_id or "")
