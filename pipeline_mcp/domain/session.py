"""One run of the pipeline over a workspace."""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from pipeline_mcp.domain.application import Application
from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.known import known_fields
from pipeline_mcp.domain.patch import FixPlan, fix_plan_from_dict

# Raised when a worker of the last version would do the wrong thing with a session of this one;
# such a worker leaves it to others.
SCHEMA_VERSION = 2
# That of a session which only looks: workers of the first version know how to work on it.
_LOOKING = 1


class SessionStatus(StrEnum):
    """The session's own word; the last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    INCOMPLETE = "incomplete"
    CANCELLED = "cancelled"


FINAL_STATUSES = frozenset(
    {
        SessionStatus.PASSED,
        SessionStatus.FAILED,
        SessionStatus.INCOMPLETE,
        SessionStatus.CANCELLED,
    }
)

UNFINISHED_STATUSES = frozenset(SessionStatus) - FINAL_STATUSES


class Stage(StrEnum):
    """The stages in their order; fix and validate repeat from cycle to cycle."""

    SNAPSHOT = "snapshot"
    PLAN = "plan"
    SCAN = "scan"
    FIX = "fix"
    VALIDATE = "validate"
    INTEGRATE = "integrate"
    CLEANUP = "cleanup"


def scan_stage(cycle: int) -> Stage:
    """The stage in which a snapshot is scanned: the first is the workspace's, others are fixes."""
    return Stage.SCAN if cycle == 1 else Stage.VALIDATE


class StageState(StrEnum):
    """Where a stage stands; `done` and `error` are final."""

    RUNNING = "running"
    DONE = "done"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class StageRun:
    """A stage of a cycle, and how long it took, or has taken so far."""

    cycle: int
    stage: Stage
    state: StageState
    seconds: float


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a caller asked for; None and empty mean "as configured". `sessions` resolves it.

    `exclude` are globs of files to leave out, besides those that are configured.
    """

    path: str = "."
    profile: str | None = None
    tools: tuple[str, ...] = ()
    skip_tools: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: tuple[Severity, ...] | None = None
    sequential: bool = False
    use_cache: bool = True
    priority: int = 5
    trust: bool = False
    attached: bool = True
    origin: str = "cli"
    base: str | None = None
    fix: FixPlan | None = None


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """All that a session needs to know, resolved when it is accepted: workers read nothing else.

    `tools` empty means "what the profile names"; `files` empty means "all". `custom_tools` are
    the definitions of user-defined tools, `tool_options` extra arguments per tool. `fix` is None
    for a session that only looks. `baseline` is the path of the baseline file, empty for none.
    With `ref`, the id of a commit, its tree is looked at and not the work tree. `base` says what
    session is compared with: its `session_id`, the `ref` it is of, and `renames` since.
    """

    workspace: str
    node: str
    profile: str = "standard"
    tools: tuple[str, ...] = ()
    skip_tools: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    sequential: bool = False
    use_cache: bool = True
    priority: int = 5
    fail_on: tuple[Severity, ...] = (Severity.ERROR, Severity.WARNING)
    origin: str = "cli"
    attached: bool = True
    trusted: bool = False
    custom_tools: tuple[dict[str, Any], ...] = ()
    tool_options: dict[str, dict[str, Any]] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    fix: FixPlan | None = None
    baseline: str = ""
    suppressions: tuple[dict[str, Any], ...] = ()
    ref: str = ""
    base: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What identifies a submit that may be repeated: `key` is the caller's, and his alone.

    `digest` is of what was asked for; another one under the same key is a mistake.
    """

    key: str
    digest: str


def request_to_dict(request: SessionRequest) -> dict[str, Any]:
    """A JSON-ready picture of `request`."""
    return asdict(request)


def request_from_dict(data: dict[str, Any]) -> SessionRequest:
    """The inverse of `request_to_dict`; keys that this version does not know are left out."""
    known = known_fields(SessionRequest, data)
    for name, value in known.items():
        if isinstance(value, list):
            known[name] = tuple(value)
    known["fail_on"] = tuple(Severity(word) for word in known.get("fail_on", ()))
    known["fix"] = fix_plan_from_dict(known.get("fix"))
    return SessionRequest(**known)


def schema_version(request: SessionRequest) -> int:
    """The oldest version of the schema whose workers know how to do what is asked for."""
    return _LOOKING if request.fix is None else SCHEMA_VERSION


def new_session_id(now: float | None = None) -> str:
    """`pipeline-<epoch>-<8 hex>`: when it was accepted, and 32 random bits."""
    epoch = int(time.time() if now is None else now)
    return f"pipeline-{epoch}-{secrets.token_hex(4)}"


@dataclass(frozen=True, slots=True)
class UnitCount:
    """How many units a session has, and how many of them have ended."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class SessionView:
    """What `status` shows of a session; times in seconds since the epoch.

    `queue_position` counts from 1, as long as the session waits to be let in.
    """

    session_id: str
    workspace: str
    status: SessionStatus
    stage: Stage
    units: UnitCount
    created_at: float
    updated_at: float
    finished_at: float | None
    snapshot_id: str | None
    error: str | None
    request: SessionRequest
    queue_position: int | None = None

    @property
    def is_final(self) -> bool:
        """True once the status will never change again."""
        return self.status in FINAL_STATUSES


@dataclass(frozen=True, slots=True)
class Glance:
    """The least that tells how a session moves on.

    `errors` counts the units that did not do their work, `at_work` has the names of tools.
    """

    session_id: str
    status: SessionStatus
    stage: Stage
    units: UnitCount
    findings: int
    errors: int
    at_work: tuple[str, ...]

    @property
    def is_final(self) -> bool:
        """True once the status will never change again."""
        return self.status in FINAL_STATUSES


@dataclass(frozen=True, slots=True)
class Lease:
    """Who works on a unit: `owner` is host, process and task, `attempt` which try it is.

    `seconds_left` is negative where the lease has run out and nobody has taken the unit yet.
    """

    tool: str
    owner: str
    attempt: int
    seconds_left: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How a session stands, and who works on it.

    `attempts` is how often its units were begun, all together, and `sent` how often the whole
    pipeline was handed to the broker: more than once if it was recovered. `application` is the
    latest that was done with its patch.
    """

    session: SessionView
    attempts: int
    sent: int
    leases: tuple[Lease, ...]
    application: Application | None = None


@dataclass(frozen=True, slots=True)
class ToolProgress:
    """How far one tool is: units done and in all, findings so far, worst outcome so far."""

    tool: str
    done: int
    total: int
    running: int
    findings: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of a session: the session itself, and its tools in the order of their names."""

    session: SessionView
    tools: tuple[ToolProgress, ...]
