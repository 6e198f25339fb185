"""A call that is answered with a handle first and with its result later, as MCP's Tasks have it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

# An id is all that a client needs to see a task of its principal: 160 random bits.
_ID_BYTES = 20


class TaskKind(StrEnum):
    """What does the work: a session, or the call itself in one of the servers."""

    SESSION = "session"
    CALL = "call"


class TaskStatus(StrEnum):
    """The words of the Tasks extension; the last three are final."""

    WORKING = "working"
    INPUT_REQUIRED = "input_required"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL_TASK_STATUSES = frozenset({TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED})


def new_task_id() -> str:
    """`task-<40 hex>`; nobody can guess another one."""
    return f"task-{secrets.token_hex(_ID_BYTES)}"


@dataclass(frozen=True, slots=True)
class Call:
    """What a client called: the tool and what he gave it."""

    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a task's round; a later round makes it void."""

    task_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Who works on a task, as host and process, and for how long he may be silent."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Round:
    """One go at a call that may ask for input: the call, and what the last round left behind.

    `responses` answer the questions of the round before, `state` is the tool's own note to itself.
    """

    claim: Claim
    call: Call
    responses: dict[str, Any] = field(default_factory=dict)
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A task as it stands; times in seconds since the epoch.

    `session_id` is the session of a session's task. `requests` are the questions without an answer
    by their keys, `result` and `error` how a call ended, all as they go over the wire.
    """

    task_id: str
    principal: str
    kind: TaskKind
    call: Call
    status: TaskStatus
    created_at: float
    updated_at: float
    session_id: str | None = None
    message: str | None = None
    requests: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None

    @property
    def is_final(self) -> bool:
        """True once the status will never change again."""
        return self.status in FINAL_TASK_STATUSES
