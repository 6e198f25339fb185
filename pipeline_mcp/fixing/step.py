"""The fixes of a session, one step at a time: judge, ask, make, settle, go on or end.

Each step reads where the session stands and writes what comes of it in one transaction that only
one of several processes can win. So it may be taken again at any time, and by anybody.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import candidates, fix_steps, manifests, sessions, stages
from pipeline_mcp.db.candidates import Candidate
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.patch import StepState
from pipeline_mcp.domain.session import Stage
from pipeline_mcp.errors import TransientServiceError
from pipeline_mcp.fixing.bisection import Numbers, Question, Settled, next_question
from pipeline_mcp.fixing.candidate import make_candidate
from pipeline_mcp.fixing.judging import judge
from pipeline_mcp.fixing.rewriting import StoppedError
from pipeline_mcp.fixing.rounds import begin_or_end, settle
from pipeline_mcp.fixing.situation import Situation, scan_of, situation
from pipeline_mcp.scanning.shutdown import SHUTDOWN
from pipeline_mcp.workspace.stores import blob_store

logger = logging.getLogger(__name__)

# How many candidates a round may have scanned: with ten guilty steps among thousands it is enough.
MOST_CANDIDATES = 64
_GIVEN_UP = "to make it ended its worker {} times"


def take_steps(session_id: str) -> bool:
    """Go on until a candidate is to be scanned, which is True, or there is nothing to do.

    Raises:
        StoppedError: this process is about to end; another one is to go on.
        UnknownSessionError, NewerSessionError, ServiceError: as everywhere.
    """
    while (now := situation(session_id)) is not None:
        if not now.is_planned:
            return True
        if now.unjudged is not None:
            judge(now, now.unjudged, _is_wanted(session_id))
        elif now.open_round is None:
            begin_or_end(now, _is_wanted(session_id))
        else:
            _go_on(now, now.open_round)
    return False


def _go_on(now: Situation, round_: int) -> None:
    found = next_question(now.proposed, now.answers, most=MOST_CANDIDATES)
    if isinstance(found, Settled):
        settle(now, round_, found)
    elif now.tries >= settings().max_attempts:
        _give_up(now, round_, found)
    else:
        _make(now, round_, found)


def _make(now: Situation, round_: int, question: Question) -> None:
    session_id = now.session_id
    _note_tries(session_id, round_, now.tries + 1)
    steps = [step for step in now.proposed if step.number in question.steps]
    with reading() as connection:
        scan = scan_of(connection, session_id, now.good_cycle)
        snapshot_id = candidates.snapshot_of(connection, now.row, now.good_cycle)
        base = manifests.load(connection, snapshot_id or "")
        base = replace(base, skipped=stages.skipped_files(connection, session_id))
    try:
        made = make_candidate(
            now.request, base, scan, steps, blob_store(settings()), _is_wanted(session_id)
        )
    except (StoppedError, TransientServiceError, OSError):
        _note_tries(session_id, round_, now.tries)  # it has not ended its worker
        if SHUTDOWN.is_due or not _is_over(session_id):
            raise
        return
    with transaction() as connection:
        if not sessions.hold(connection, session_id):
            return
        for number, reason in made.refused.items():
            fix_steps.settle(
                connection, session_id, round_, [number], StepState.REFUSED, reason=reason
            )
        stages.note(connection, session_id, Stage.FIX, cycle=round_, detail={"tries": 0})
        if not made.steps:
            return
        manifests.save(connection, made.snapshot)
        candidate = Candidate(
            cycle=now.cycle + 1,
            round=round_,
            base_cycle=now.good_cycle,
            snapshot_id=made.snapshot.id,
            steps=made.steps,
            hashes=made.hashes,
        )
        if candidates.insert(connection, session_id, candidate):
            sessions.advance(connection, session_id, Stage.FIX, cycle=candidate.cycle)


def _give_up(now: Situation, round_: int, question: Question) -> None:
    """Settle with what is known to be good: whoever makes the rest does not live to tell."""
    good = [answer for answer, said in now.answers.items() if said.is_good]
    accepted: Numbers = max(good, key=len, default=frozenset())
    reason = _GIVEN_UP.format(now.tries)
    with transaction() as connection:
        if not sessions.hold(connection, now.session_id):
            return
        numbers = question.steps - accepted
        fix_steps.settle(
            connection, now.session_id, round_, numbers, StepState.REJECTED, reason=reason
        )
    others = frozenset(step.number for step in now.proposed) - accepted - question.steps
    settle(now, round_, Settled(accepted, frozenset(), others), gave_up=True)


def _note_tries(session_id: str, round_: int, tries: int) -> None:
    with transaction() as connection:
        if sessions.hold(connection, session_id):
            sessions.touch(connection, session_id)
            stages.note(connection, session_id, Stage.FIX, cycle=round_, detail={"tries": tries})


def _is_over(session_id: str) -> bool:
    with reading() as connection:
        return sessions.is_over(connection, session_id)


def _is_wanted(session_id: str) -> Callable[[], bool]:
    """A question for the runner: it gives signs of life, and hears of the session's end."""
    pause = settings().lease_seconds / 3
    last = time.monotonic()

    def is_wanted() -> bool:
        nonlocal last
        if SHUTDOWN.is_due or _is_over(session_id):
            return False
        if time.monotonic() - last >= pause:
            with transaction() as connection:
                sessions.touch(connection, session_id)
            last = time.monotonic()
        return True

    def is_wanted_as_far_as_known() -> bool:
        try:
            return is_wanted()
        except TransientServiceError as error:
            logger.warning("no sign of life can be given now: %s", error)
            return True

    return is_wanted_as_far_as_known
