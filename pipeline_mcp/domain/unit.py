"""One tool over one shard of a snapshot: the atom of scheduling, of retry and of recovery."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class UnitState(StrEnum):
    """Where a unit stands; `done` is final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


class Outcome(StrEnum):
    """How a unit ended."""

    OK = "ok"
    TOOL_ERROR = "tool_error"
    TIMEOUT = "timeout"
    SKIPPED = "skipped"


INCOMPLETE_OUTCOMES = frozenset({Outcome.TOOL_ERROR, Outcome.TIMEOUT})


@dataclass(frozen=True, slots=True)
class Unit:
    """What is to be run: `files` are the shard, sorted; `position` is the order of sending.

    A unit that the result cache answered whole is `cached`, `done` from the start.
    """

    key: str
    session_id: str
    cycle: int
    tool: str
    position: int
    files: tuple[str, ...]
    cached: bool = False


@dataclass(frozen=True, slots=True)
class UnitResult:
    """How a unit ended; times in seconds. Findings live in their own rows."""

    outcome: Outcome
    reason: str = ""
    tool_version: str = ""
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
