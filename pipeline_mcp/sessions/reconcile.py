"""Make true again what the database says: continue whatever nobody continues.

Celery moves the work and may lose it; the rows know what is missing. Every step is safe beside
live workers and beside a second reconciler, because each change is a compare-and-set and a task
may arrive twice. The lock only spares the work of doing it side by side.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from pipeline_mcp.broker import (
    remember,
    remembers,
    send_application,
    send_delivery,
    send_fixes,
    send_integration,
    send_units,
)
from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import applications, claims, integrations, leftovers, outbox, sessions
from pipeline_mcp.db.claims import Expired
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.db.locks import try_lock
from pipeline_mcp.domain.session import Stage
from pipeline_mcp.errors import ServiceError
from pipeline_mcp.scanning.close import abandon, close_scan, finish
from pipeline_mcp.sessions.admission import admit
from pipeline_mcp.sessions.applying import begin
from pipeline_mcp.sessions.recover import send_again
from pipeline_mcp.sessions.send import node_of, send

logger = logging.getLogger(__name__)

_LOCK = "reconcile"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many units were queued again or given up, sessions moved on, sent, or sent again.

    `applied` are applications and integrations that were begun and are continued.
    """

    expired: int = 0
    poisoned: int = 0
    closed: int = 0
    finished: int = 0
    sent: int = 0
    sent_again: int = 0
    applied: int = 0

    @property
    def is_nothing(self) -> bool:
        """True if there was nothing to do, or somebody else was doing it."""
        return self == Reconciled()


def reconcile() -> Reconciled:
    """Do all that is to be done now, unless another process is about it; a look costs one query.

    Raises:
        ServiceError: the database cannot be used. A broker that is away is no error: what is
            to be sent stays written down.
    """
    with reading() as connection:
        if not any(
            is_left(connection)
            for is_left in (
                sessions.any_unfinished,
                applications.any_at_work,
                integrations.any_at_work,
            )
        ):
            return Reconciled()
    with try_lock(_LOCK, seconds=settings().lease_seconds) as is_ours:
        done = _reconcile() if is_ours else Reconciled()
    if not done.is_nothing:
        logger.info("reconciled: %s", done)
    return done


def notice_loss() -> bool:
    """Let all sessions be sent anew if the broker has lost its memory; True if it had.

    It may have been flushed, or have come back without what it held: nobody would get on until
    every session's own patience had run out.

    Raises:
        ServiceError: the broker or the database cannot be used.
    """
    if remembers():
        return False
    logger.warning("the broker remembers nothing; unfinished sessions are sent again")
    with transaction() as connection:
        outbox.mark_lost(connection, lease_seconds=settings().lease_seconds)
    remember()
    return True


def _reconcile() -> Reconciled:
    expired = _take_units_back()
    closed = _close_scans()
    finished = _finish_sessions()
    admit()
    sent, sent_again = _send_all(expired)
    applied = _continue_wishes()
    poisoned = sum(unit.is_poison for unit in expired)
    queued = len(expired) - poisoned
    return Reconciled(queued, poisoned, closed, finished, sent, sent_again, applied)


def _take_units_back() -> list[Expired]:
    with transaction() as connection:
        expired = claims.expire(
            connection,
            max_attempts=settings().max_attempts,
            patience_seconds=settings().lease_seconds,
        )
        for session_id in sorted({unit.session_id for unit in expired}):
            sessions.touch(connection, session_id)
    return expired


def _close_scans() -> int:
    with reading() as connection:
        waiting = leftovers.scans_to_close(connection)
    return _each(waiting, _close_and_finish)


def _close_and_finish(session_id: str) -> None:
    is_closed = close_scan(session_id)
    finish(session_id)
    with reading() as connection:
        session = sessions.view(connection, session_id)
    if is_closed and session.stage is Stage.FIX:
        _send(session_id, lambda: send_fixes(session_id, priority=session.request.priority))


def _send(session_id: str, rest: Callable[[], None]) -> None:
    try:
        rest()
    except ServiceError as error:
        if error.service != "broker":
            raise
        logger.warning("what is left of %s waits for the broker: %s", session_id, error)
        with transaction() as connection:
            outbox.mark_unsent(connection, {session_id})


def _finish_sessions() -> int:
    with reading() as connection:
        waiting = leftovers.sessions_to_finish(connection)
    return _each(waiting, _integrate_or_finish)


def _integrate_or_finish(session_id: str) -> None:
    node = begin(session_id)
    if node is None:
        finish(session_id)
    else:
        _send(session_id, lambda: send_integration(session_id, node=node or None))


def _continue_wishes() -> int:
    """Whoever was at it died, and his message with him: it may be half done."""
    return sum(
        _continue(kind.take_silent, send_wish)
        for kind, send_wish in ((applications, send_application), (integrations, send_delivery))
    )


def _continue(take_silent: Callable[..., list[str]], send_wish: Callable[..., None]) -> int:
    with transaction() as connection:
        silent = take_silent(connection, seconds=settings().lease_seconds)
    for session_id in silent:
        with reading() as connection:
            request = sessions.request_of(connection, session_id)
        try:
            send_wish(session_id, node=node_of(request))
        except ServiceError as error:
            if error.service != "broker":
                raise
            logger.warning("the patch of %s waits for the broker: %s", session_id, error)
    return len(silent)


def _each(session_ids: Iterable[str], step: Callable[[str], object]) -> int:
    """Do the step for each session; one that it fails for good ends, and the others go on."""
    done = 0
    for session_id in session_ids:
        try:
            step(session_id)
        except ServiceError:
            raise
        except Exception as error:
            logger.exception("%s cannot be continued", session_id)
            abandon(session_id, "the reconciler", error)
        done += 1
    return done


def _send_all(expired: Collection[Expired]) -> tuple[int, int]:
    """Send units that are queued again, sessions never sent, and sessions that went silent."""
    with reading() as connection:
        forsaken = outbox.forsaken(connection, lease_seconds=settings().lease_seconds)
    sent = sent_again = 0
    try:
        _send_units(expired)
        for session_id, attempts in forsaken:
            if attempts:
                send_again(session_id, by="reconciler")
                sent_again += 1
            else:
                _send_first(session_id)
                sent += 1
    except ServiceError as error:
        if error.service != "broker":
            raise
        logger.warning("what is to be sent waits for the broker: %s", error)
        with transaction() as connection:
            outbox.mark_unsent(connection, {unit.session_id for unit in expired})
    return sent, sent_again


def _send_units(expired: Iterable[Expired]) -> None:
    by_session: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for unit in expired:
        if not unit.is_poison:
            by_session[unit.session_id].append((unit.key, unit.tool))
    for session_id, units in by_session.items():
        with reading() as connection:
            session = sessions.view(connection, session_id)
        if not session.is_final:
            send_units(session_id, units, priority=session.request.priority)


def _send_first(session_id: str) -> None:
    with transaction() as connection:
        request = sessions.request_of(connection, session_id)
        # Or its silence until now would count as one since it was sent.
        sessions.touch(connection, session_id)
    send(session_id, request)
