"""One unit, from claim to rows: materialise, run, parse, store."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import (
    candidates,
    claims,
    findings,
    manifests,
    results,
    sessions,
    stages,
    units,
)
from pipeline_mcp.db.claims import Claim
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.db.retries import through_outages
from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.session import SessionRequest, request_from_dict
from pipeline_mcp.domain.snapshot import Snapshot
from pipeline_mcp.domain.unit import Outcome, Unit, UnitResult
from pipeline_mcp.errors import ServiceError, TransientServiceError
from pipeline_mcp.scanning.catalogue import catalogue
from pipeline_mcp.scanning.identity import is_cacheable
from pipeline_mcp.scanning.judgement import Judgement, judge_run
from pipeline_mcp.scanning.keys import PROGRAM, result_keys
from pipeline_mcp.scanning.options import options_for
from pipeline_mcp.scanning.shutdown import SHUTDOWN
from pipeline_mcp.scanning.targets import is_target
from pipeline_mcp.tools.contract import Job, Scope, Tool
from pipeline_mcp.workspace.materialise import Trees
from pipeline_mcp.workspace.stores import blob_store

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Executed:
    """What goes back through the broker: counts, and no bodies.

    `retry_in` is the time in seconds after which the unit may be claimed again, where somebody
    else is at work on it; None where there is nothing left to do. `is_given_back` says that
    this process is about to end, and another one is to run the unit.
    """

    outcome: str
    findings: int = 0
    retry_in: float | None = None
    is_given_back: bool = False


_GIVEN_BACK = Executed("given back", is_given_back=True)


def execute(session_id: str, key: str, *, owner: str) -> Executed:
    """Run the unit unless it is done, being run by somebody else, or no longer wanted."""
    if SHUTDOWN.has_begun:
        return _GIVEN_BACK
    current = settings()
    with transaction() as connection:
        claim = claims.claim(
            connection,
            session_id,
            key,
            owner=owner,
            lease_seconds=current.lease_seconds,
            max_attempts=current.max_attempts,
        )
        if claim is None:
            return _unclaimed(session_id, key)
        row = sessions.work(connection, session_id)
    if claim.tries > current.max_attempts:
        return _give_up(claim)
    with reading() as connection:
        snapshot_id = candidates.snapshot_of(connection, row, claim.unit.cycle)
        snapshot = manifests.load(connection, snapshot_id or "")
        snapshot = replace(snapshot, skipped=stages.skipped_files(connection, session_id))
    request = request_from_dict(row["request"])
    with _given_back_on_faults(claim):
        judgement = _run(claim, request, snapshot)
    if judgement is None:
        return _stopped(claim)
    return through_outages(lambda: _store(claim, request, snapshot, judgement))


def _unclaimed(session_id: str, key: str) -> Executed:
    with reading() as connection:
        row = units.get(connection, session_id, key)
        if row["outcome"] is not None:
            return Executed(row["outcome"], row["findings"] or 0)
        if sessions.is_over(connection, session_id):
            return Executed("stopped")
        return Executed("busy", retry_in=claims.lease_remaining(connection, session_id, key) or 0.0)


def _give_up(claim: Claim) -> Executed:
    """A unit that has cost so many workers their lives is not tried again."""
    result = UnitResult(Outcome.TOOL_ERROR, claims.poison_reason(claim.tries - 1))
    with transaction() as connection:
        claims.complete(connection, claim, result, findings=0)
    return Executed(result.outcome)


@contextmanager
def _given_back_on_faults(claim: Claim) -> Iterator[None]:
    """A full disk of this host is no fault of the unit, and another host may have room."""
    try:
        yield
    except (TransientServiceError, OSError):
        with suppress(ServiceError), transaction() as connection:
            claims.release(connection, claim)
        raise


def _stopped(claim: Claim) -> Executed:
    """The tool was stopped: nobody wants it any more, or this process is about to end."""
    with transaction() as connection:
        if not SHUTDOWN.is_due:
            claims.absolve(connection, claim)
            return Executed("stopped")
        is_given_back = claims.release(connection, claim)
    return _GIVEN_BACK if is_given_back else Executed("stopped")


def _run(claim: Claim, request: SessionRequest, snapshot: Snapshot) -> Judgement | None:
    """Let the tool judge the unit's files; None if it was stopped because nobody wants it."""
    current = settings()
    tool = catalogue(request)[claim.unit.tool]
    options = options_for(tool, request, snapshot)
    trees = Trees(current.state_dir / "trees", blob_store(current))
    is_wanted = _keeps_lease(claim)
    with trees.tree(snapshot) as root, tempfile.TemporaryDirectory(prefix="unit-") as scratch:
        job = Job(
            root=root,
            files=claim.unit.files,
            scratch=Path(scratch),
            arguments=tuple(options.pop("args", ())),
            options=options,
        )
        # A large tree takes a while, in which the session may have been cancelled.
        return (
            judge_run(tool, job, limits=current.tool, is_wanted=is_wanted) if is_wanted() else None
        )


def _keeps_lease(claim: Claim) -> Callable[[], bool]:
    """A question for the runner: it extends the lease in time, and hears of cancellation."""
    lease_seconds = settings().lease_seconds
    last = time.monotonic()

    def is_wanted() -> bool:
        nonlocal last
        if SHUTDOWN.is_due:
            return False
        with reading() as connection:
            if claims.is_lost(connection, claim):
                return False
        if time.monotonic() - last < lease_seconds / 3:
            return True
        with transaction() as connection:
            is_ours = claims.extend(connection, claim, lease_seconds=lease_seconds)
        last = time.monotonic()
        return is_ours

    def is_wanted_as_far_as_known() -> bool:
        try:
            return is_wanted()
        except TransientServiceError as error:
            # The tool goes on: its result counts if nobody else has claimed the unit by then.
            logger.warning("the lease of %s cannot be extended now: %s", claim.unit.tool, error)
            return True

    return is_wanted_as_far_as_known


def _store(
    claim: Claim, request: SessionRequest, snapshot: Snapshot, judgement: Judgement
) -> Executed:
    """Findings, results and the unit's end in one transaction, or nothing if the claim is lost."""
    kept = [one for one in judgement.findings if is_target(one.path, request.files)]
    with transaction() as connection:
        if not claims.complete(connection, claim, judgement.result, findings=len(kept)):
            claims.absolve(connection, claim)
            return Executed("lost")
        sessions.touch(connection, claim.unit.session_id)
        findings.insert(connection, claim.unit, kept)
        tool = catalogue(request)[claim.unit.tool]
        if judgement.result.outcome is Outcome.OK and is_cacheable(tool):
            remembered = _by_key(tool, claim.unit, request, snapshot, judgement.findings)
            results.store(connection, tool.name, remembered)
    return Executed(judgement.result.outcome, len(kept))


def _by_key(
    tool: Tool,
    unit: Unit,
    request: SessionRequest,
    snapshot: Snapshot,
    found: tuple[Finding, ...],
) -> dict[str, list[Finding]]:
    """What is to be remembered: the findings of each file under its key, the empty ones too."""
    shard = frozenset(unit.files)
    wanted = [row for row in snapshot.rows if row.path in shard]
    keys = result_keys(tool, snapshot, options_for(tool, request, snapshot), wanted)
    grouped: dict[str, list[Finding]] = {key: [] for key in keys.values()}
    for finding in found:
        path = PROGRAM if tool.scope is Scope.PROGRAM else finding.path
        grouped[keys[path]].append(finding)
    return grouped
