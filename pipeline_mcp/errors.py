"""The one error tree: every mistake a user can meet, as data plus one clear sentence."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """What the command line tells the shell."""

    PASSED = 0
    FAILED = 1
    USAGE = 2
    INCOMPLETE = 3
    INTERNAL = 70  # a mistake of this program: EX_SOFTWARE of sysexits.h
    INTERRUPTED = 130


class PipelineError(Exception):
    """Base of all errors a user may see; `str()` is a sentence that says what to do.

    `next_step` is an optional second sentence: the command or setting that helps.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, *, next_step: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


class SettingError(PipelineError):
    """A setting, an environment variable or a key of `pipeline.yaml` is wrong."""

    def __init__(self, setting: str, problem: str, *, next_step: str | None = None) -> None:
        super().__init__(f"{setting}: {problem}", next_step=next_step)
        self.setting = setting


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in the configuration: where it stands, and what is wrong with it.

    `source` is a file or an environment variable, `line` 0 where there is none, `key` the way
    to the value inside a file (`tool_options.ruff.args[0]`).
    """

    source: str
    line: int
    key: str
    message: str

    @property
    def place(self) -> str:
        """`source`, with the line and the key where they are known."""
        numbered = f"{self.source}:{self.line}" if self.line else self.source
        return f"{numbered}: {self.key}" if self.key else numbered

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class ConfigurationError(SettingError):
    """The configuration is wrong in one or more places; `problems` has all of them."""

    # A file full of nonsense must not fill the terminal; `problems` is complete.
    _SHOWN = 50

    def __init__(self, problems: Sequence[Problem], *, next_step: str | None = None) -> None:
        super().__init__(problems[0].place, problems[0].message, next_step=next_step)
        self.problems = tuple(problems)
        lines = [str(problem) for problem in problems[: self._SHOWN]]
        if len(problems) > self._SHOWN:
            lines.append(f"and {len(problems) - self._SHOWN} more problems")
        self.message = "\n".join(lines)
        self.args = (self.message,)


class WorkspaceError(PipelineError):
    """The workspace cannot be read, or lies outside the allowed roots."""


class ServiceError(PipelineError):
    """The broker, the database or the state directory cannot be used."""

    def __init__(self, service: str, problem: str, *, next_step: str | None = None) -> None:
        super().__init__(f"{service}: {problem}", next_step=next_step)
        self.service = service


class TransientServiceError(ServiceError):
    """A service is away for the moment: the same work may well succeed a little later."""


# What a machine says that is short of something for the moment, or whose storage is away.
_PASSING = {
    errno.EAGAIN,
    errno.EDQUOT,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
    errno.ENOSPC,
    errno.ESTALE,
    errno.ETIMEDOUT,
}


def passes(error: OSError) -> bool:
    """True if what the operating system refuses now it may well allow in a while."""
    return error.errno in _PASSING


class NewerSessionError(PipelineError):
    """A session of a newer version of this program: not for this one to work on."""

    def __init__(self, session_id: str) -> None:
        super().__init__(
            f"The session {session_id} was made by a newer version of pipeline-mcp.",
            next_step="Leave it to the workers of that version, or upgrade this one.",
        )
        self.session_id = session_id


class UnknownSessionError(PipelineError):
    """No session has that id."""

    def __init__(self, session_id: str) -> None:
        super().__init__(
            f"No session is called {session_id!r}.",
            next_step="List the sessions with `pipeline-mcp sessions`.",
        )
        self.session_id = session_id


class UnknownTaskError(PipelineError):
    """No task has that id, or it is not the caller's to see."""

    def __init__(self, task_id: str) -> None:
        super().__init__(
            f"No task is called {task_id[:80]!r}.",
            next_step="It may have expired; pipeline_status lists the sessions that there are.",
        )
        self.task_id = task_id


class RepeatedKeyError(PipelineError):
    """An idempotency key was used before, for something else."""

    def __init__(self, key: str, session_id: str) -> None:
        super().__init__(
            f"The idempotency_key {key!r} belongs to {session_id}, which was asked for something "
            "else.",
            next_step="Send a new key, or the arguments of the first time.",
        )
        self.session_id = session_id


class UnknownToolError(PipelineError):
    """A tool name is not in the registry."""

    def __init__(self, names: list[str], known: list[str]) -> None:
        super().__init__(
            f"No tool is called {', '.join(map(repr, names))}.",
            next_step=f"The tools are: {', '.join(known)}.",
        )
        self.names = names


class ToolOutputError(PipelineError):
    """A tool printed what its adapter cannot read; the unit ends as `tool_error`."""


class ToolSkippedError(PipelineError):
    """A tool could not work for a reason outside the repository; the unit ends as `skipped`."""


class BlobMissingError(PipelineError):
    """The blob store has no content under that sha256."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"The blob {sha256} is not in the blob store.")
        self.sha256 = sha256


class SnapshotMissingError(PipelineError):
    """The database has no manifest of that snapshot, or a damaged one."""

    def __init__(self, snapshot_id: str) -> None:
        super().__init__(
            f"The manifest of the snapshot {snapshot_id} is missing or damaged.",
            next_step="Start a new session: it takes a new snapshot.",
        )
        self.snapshot_id = snapshot_id
