"""Tasks in the database: what a server may do to them, each in one transaction."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

from mcp.types import INTERNAL_ERROR

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import audit, sessions, tasks
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.access import Principal
from pipeline_mcp.domain.event import Action
from pipeline_mcp.domain.session import SessionStatus, SessionView
from pipeline_mcp.domain.task import (
    Call,
    Claim,
    Holder,
    Round,
    Task,
    TaskStatus,
    new_task_id,
)
from pipeline_mcp.errors import UnknownTaskError
from pipeline_mcp.reporting.sanitise import visible
from pipeline_mcp.sessions.access import only_owner
from pipeline_mcp.sessions.cancel import cancel as cancel_session


def open_for_session(call: Call, session_id: str, principal: Principal) -> Task:
    """Write the task of a session that the call has started."""
    task_id = new_task_id()
    with transaction() as connection:
        tasks.insert(connection, task_id, call, principal=principal.name, session_id=session_id)
    return find(task_id, principal)


def open_for_call(call: Call, principal: Principal) -> tuple[Task, Round]:
    """Write the task of a call that this process is about to do, with its first round."""
    task_id = new_task_id()
    with transaction() as connection:
        tasks.insert(connection, task_id, call, principal=principal.name, holder=_holder())
    return find(task_id, principal), Round(Claim(task_id, 1), call)


def find(task_id: str, principal: Principal) -> Task:
    """The task as it stands; one whose server has died has failed.

    Raises:
        UnknownTaskError: there is no such task, it is somebody else's, or it has expired.
    """
    with reading() as connection:
        task = tasks.find(connection, task_id)
        if task is None or only_owner(principal) not in (None, task.principal):
            raise UnknownTaskError(task_id)
        if task.session_id is not None:
            return _as_its_session(task, sessions.view(connection, task.session_id))
        lost = tasks.orphan(connection, task_id)
    return task if lost is None else _abandon(task, lost)


def answer(task_id: str, responses: dict[str, Any], principal: Principal) -> Round | None:
    """Take answers to open questions; the next round for this process if they were the last ones.

    Raises:
        UnknownTaskError: as `find` does.
    """
    find(task_id, principal)
    with transaction() as connection:
        taken = tasks.answer(connection, task_id, responses, holder=_holder())
    if taken is None:
        return None
    own = {key.partition(".")[2]: said for key, said in taken.responses.items()}
    return dataclasses.replace(taken, responses=own)


def cancel(task_id: str, principal: Principal) -> None:
    """End the task, with its session if it has one; what is final stays.

    Raises:
        UnknownTaskError: as `find` does.
    """
    task = find(task_id, principal)
    if task.session_id is not None:
        cancel_session(task.session_id, principal=principal.name)
        return
    with transaction() as connection:
        if tasks.cancel(connection, task_id):
            audit.record(connection, Action.CANCEL, principal=principal.name, task_id=task_id)


def ask(claim: Claim, requests: dict[str, Any], *, state: str | None) -> None:
    """Let the task wait for answers; no key comes twice in the life of a task."""
    unique = {f"{claim.attempt}.{key}": asked for key, asked in requests.items()}
    with transaction() as connection:
        tasks.ask(connection, claim, unique, state=state)


def complete(claim: Claim, result: dict[str, Any]) -> None:
    """The call has given this result."""
    with transaction() as connection:
        tasks.finish(connection, claim, TaskStatus.COMPLETED, result=result)


def fail(claim: Claim, error: dict[str, Any]) -> None:
    """The call has ended with this error of the protocol."""
    with transaction() as connection:
        tasks.finish(
            connection, claim, TaskStatus.FAILED, error=error, message=str(error["message"])
        )


def keep(claim: Claim) -> bool:
    """Prolong the lease; False if there is nothing more to work on."""
    with transaction() as connection:
        return tasks.keep(connection, claim, seconds=settings().lease_seconds)


def tell(claim: Claim, message: str) -> None:
    """Note how the work is getting on."""
    with transaction() as connection:
        tasks.tell(connection, claim, message)


def _holder() -> Holder:
    return Holder(f"{settings().node}:{os.getpid()}", settings().lease_seconds)


def _abandon(task: Task, lost: str) -> Task:
    said = f"The server process that did this call ({lost}) has ended; call the tool again."
    error = {"code": INTERNAL_ERROR, "message": said}
    with transaction() as connection:
        tasks.abandon(connection, task.task_id, error, message=said)
        return tasks.find(connection, task.task_id) or task


_AS_TASK = {
    SessionStatus.QUEUED: TaskStatus.WORKING,
    SessionStatus.RUNNING: TaskStatus.WORKING,
    SessionStatus.PASSED: TaskStatus.COMPLETED,
    SessionStatus.FAILED: TaskStatus.COMPLETED,
    SessionStatus.INCOMPLETE: TaskStatus.COMPLETED,
    SessionStatus.CANCELLED: TaskStatus.CANCELLED,
}


def _as_its_session(task: Task, session: SessionView) -> Task:
    return dataclasses.replace(
        task,
        status=_AS_TASK[session.status],
        updated_at=max(task.updated_at, session.updated_at),
        message=_message(session),
    )


def _message(session: SessionView) -> str:
    said = f"Session {session.session_id}: {session.status.value}"
    if session.is_final:
        return f"{said}, {visible(session.error)}" if session.error else said
    if session.queue_position is not None:
        return f"{said}, place {session.queue_position} in the queue"
    return f"{said}, {session.stage.value}, {session.units.done} of {session.units.total} units"
