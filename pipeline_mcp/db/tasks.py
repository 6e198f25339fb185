"""Tasks: written before anybody hears of them, moved by compare-and-set, final for ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Text,
    and_,
    cast,
    delete,
    func,
    or_,
    select,
    update,
)

from pipeline_mcp.db import clock
from pipeline_mcp.db.tables import task
from pipeline_mcp.domain.task import (
    FINAL_TASK_STATUSES,
    Call,
    Claim,
    Holder,
    Round,
    Task,
    TaskKind,
    TaskStatus,
)

_FINAL = [status.value for status in FINAL_TASK_STATUSES]


def insert(
    connection: Connection,
    task_id: str,
    call: Call,
    *,
    principal: str,
    session_id: str | None = None,
    holder: Holder | None = None,
) -> None:
    """Write a new task: its session's if there is one, else the call's, which `holder` begins."""
    connection.execute(
        task.insert().values(
            id=task_id,
            principal=principal,
            kind=TaskKind.CALL if session_id is None else TaskKind.SESSION,
            tool=call.tool,
            arguments=call.arguments,
            session_id=session_id,
            status=TaskStatus.WORKING,
            requests={},
            responses={},
            created_at=clock.now(),
            updated_at=clock.now(),
            **_leased(holder),
        )
    )


def find(connection: Connection, task_id: str) -> Task | None:
    """The task as its row says; None if there is no such task."""
    row = connection.execute(select(task).where(task.c.id == task_id)).mappings().first()
    return None if row is None else _task(row)


def keep(connection: Connection, claim: Claim, *, seconds: float) -> bool:
    """Prolong the lease; False if the round is somebody else's by now, or the task final."""
    return _move(connection, claim, lease_until=clock.now() + seconds)


def tell(connection: Connection, claim: Claim, message: str) -> bool:
    """Note how the work is getting on."""
    return _move(connection, claim, message=message, updated_at=clock.now())


def ask(
    connection: Connection, claim: Claim, requests: dict[str, Any], *, state: str | None
) -> bool:
    """Wait for answers to the requests: nobody works on the task meanwhile."""
    return _move(
        connection,
        claim,
        status=TaskStatus.INPUT_REQUIRED,
        requests=requests,
        responses={},
        state=state,
        message=None,
        updated_at=clock.now(),
        **_NO_LEASE,
    )


def answer(
    connection: Connection, task_id: str, responses: dict[str, Any], *, holder: Holder
) -> Round | None:
    """Take the answers to open questions; whoever gave the last one gets the next round.

    What answers no open question is ignored.
    """
    query = select(task).where(task.c.id == task_id).with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None or row["status"] != TaskStatus.INPUT_REQUIRED:
        return None
    taken = {key: said for key, said in responses.items() if key in row["requests"]}
    if not taken:
        return None
    known = {**row["responses"], **taken}
    still_open = {key: asked for key, asked in row["requests"].items() if key not in taken}
    attempt = row["attempt"]
    values: dict[str, Any] = {"requests": still_open, "responses": known}
    if not still_open:
        attempt += 1
        values |= {"status": TaskStatus.WORKING, "attempt": attempt, **_leased(holder)}
    moved = update(task).where(task.c.id == task_id)
    connection.execute(moved.values(updated_at=clock.now(), **values))
    if still_open:
        return None
    call = Call(row["tool"], row["arguments"])
    return Round(Claim(task_id, attempt), call, known, row["state"])


def finish(
    connection: Connection,
    claim: Claim,
    status: TaskStatus,
    *,
    result: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
    message: str | None = None,
) -> bool:
    """Give the task of a call its final status; True for the one caller that did."""
    return _move(
        connection,
        claim,
        status=status,
        result=result,
        error=error,
        message=message,
        updated_at=clock.now(),
        **_NO_LEASE,
    )


def cancel(connection: Connection, task_id: str) -> bool:
    """End the task of a call; who works on it finds out when it next speaks up."""
    moved = connection.execute(
        update(task)
        .where(task.c.id == task_id, task.c.status.not_in(_FINAL))
        .values(
            status=TaskStatus.CANCELLED,
            requests={},
            message=None,
            updated_at=clock.now(),
            **_NO_LEASE,
        )
    )
    return moved.rowcount == 1


def abandon(connection: Connection, task_id: str, error: dict[str, Any], *, message: str) -> bool:
    """Let the task of a call fail if whoever worked on it has been silent beyond his lease."""
    moved = connection.execute(
        update(task)
        .where(task.c.id == task_id, _is_orphaned())
        .values(
            status=TaskStatus.FAILED,
            error=error,
            message=message,
            updated_at=clock.now(),
            **_NO_LEASE,
        )
    )
    return moved.rowcount == 1


def orphan(connection: Connection, task_id: str) -> str | None:
    """Who has left the task of a call unfinished, as host and process; None if nobody has."""
    query = select(task.c.owner).where(task.c.id == task_id, _is_orphaned())
    return connection.execute(query).scalar()


def expired_page(
    connection: Connection, before: float, *, after: str, limit: int
) -> list[tuple[str, int]]:
    """`(id, bytes)` of tasks that have expired, whose ids come after `after`, in order."""
    query = (
        select(task.c.id, _SIZE)
        .where(task.c.id > after, _is_expired(before))
        .order_by(task.c.id)
        .limit(limit)
    )
    return [(task_id, size) for task_id, size in connection.execute(query)]


def discard(connection: Connection, task_ids: Sequence[str], *, before: float) -> tuple[int, int]:
    """Remove those of the tasks that still have expired; gives how many, and their bytes."""
    gone = delete(task).where(task.c.id.in_(task_ids), _is_expired(before)).returning(_SIZE)
    sizes = connection.scalars(gone).all()
    return len(sizes), sum(sizes)


_SIZE = func.length(cast(task.c.arguments, Text)) + func.coalesce(
    func.length(cast(task.c.result, Text)), 0
)
_NO_LEASE: dict[str, Any] = {"owner": None, "lease_until": None}


def _leased(holder: Holder | None) -> dict[str, Any]:
    if holder is None:
        return _NO_LEASE
    return {"owner": holder.name, "lease_until": clock.now() + holder.seconds}


def _is_expired(before: float) -> ColumnElement[bool]:
    """True for calls that nobody works on and that have not changed since that moment."""
    return and_(
        task.c.kind == TaskKind.CALL,
        task.c.updated_at < before,
        or_(task.c.status != TaskStatus.WORKING, _is_orphaned()),
    )


def _is_orphaned() -> ColumnElement[bool]:
    return and_(
        task.c.kind == TaskKind.CALL,
        task.c.status == TaskStatus.WORKING,
        task.c.lease_until < clock.now(),
    )


def _move(connection: Connection, claim: Claim, **values: Any) -> bool:
    moved = connection.execute(
        update(task)
        .where(
            task.c.id == claim.task_id,
            task.c.attempt == claim.attempt,
            task.c.status == TaskStatus.WORKING,
        )
        .values(**values)
    )
    return moved.rowcount == 1


def _task(row: RowMapping) -> Task:
    return Task(
        task_id=row["id"],
        principal=row["principal"],
        kind=TaskKind(row["kind"]),
        call=Call(row["tool"], row["arguments"]),
        status=TaskStatus(row["status"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        session_id=row["session_id"],
        message=row["message"],
        requests=row["requests"],
        result=row["result"],
        error=row["error"],
    )
