"""Make the directories of a stack, and say clearly why that is not possible."""

from __future__ import annotations

import errno
import os
import stat
import time
from pathlib import Path

from pipeline_mcp.embedded.plan import Plan
from pipeline_mcp.errors import ServiceError

_LOG_LIMIT_BYTES = 10 * 1024 * 1024
# Where less fits, the next step of a session does not either.
_PROBE = b"\0" * 64 * 1024
_LOOK_SECONDS = 1.0
_PATIENCE_SECONDS = 5.0
_CONTINUE = "Make room, then continue the session with `pipeline-mcp recover`."
_ELSEWHERE = "Set PIPELINE_STATE_DIR to a directory of your own, or free this one."


def prepare(state: Path, plan: Plan) -> None:
    """Make what is missing, for this user alone, and prove that it can be written.

    Raises:
        ServiceError: it cannot, or it belongs to somebody else.
    """
    for directory in (state, plan.home.run, plan.home.logs):
        _make(directory)
    if plan.valkey and not plan.socket.parent.is_relative_to(state):
        # In the common temporary directory somebody else could have made it first.
        _make(plan.socket.parent)
        _expect_private(plan.socket.parent)
    _probe(plan.home.run / f"probe.{os.getpid()}")
    for program in ("supervisor", "valkey", "worker"):
        _rotate(plan.home.log(program))


class Endurance:
    """Notices that the state directory takes nothing any more, while a session is waited for.

    Nobody could write down how such a session ends, so waiting for it would never end.
    """

    def __init__(self, state: Path) -> None:
        self._file = state / "run" / f"probe.{os.getpid()}"
        self._looked = self._took = time.monotonic()

    def check(self) -> None:
        """Look, at most once a second.

        Raises:
            ServiceError: nothing could be written for some seconds.
        """
        now = time.monotonic()
        if now - self._looked < _LOOK_SECONDS:
            return
        self._looked = now
        try:
            _probe(self._file)
            self._took = now
        except ServiceError as error:
            if now - self._took > _PATIENCE_SECONDS:
                error.next_step = _CONTINUE
                raise


def _make(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = directory.stat().st_uid
    except (FileExistsError, NotADirectoryError) as error:
        raise _refused(directory, "it is, or lies below, a file") from error
    except OSError as error:
        raise _refused(directory, _reason(error)) from error
    if owner != os.geteuid():
        raise _refused(directory, f"it belongs to the user with the number {owner}")


def _expect_private(directory: Path) -> None:
    mode = directory.lstat().st_mode
    if not stat.S_ISDIR(mode) or mode & 0o077:
        raise _refused(directory, "other users may enter it")


def _probe(file: Path) -> None:
    """A full disk takes new names, but no content."""
    try:
        file.write_bytes(_PROBE)
    except OSError as error:
        raise _refused(file.parent, _reason(error)) from error
    finally:
        _remove(file)


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise _refused(file.parent, _reason(error)) from error


def _rotate(log: Path) -> None:
    if log.is_file() and log.stat().st_size > _LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))


def _reason(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full"
    return f"it cannot be written ({error.strerror})"


def _refused(directory: Path, reason: str) -> ServiceError:
    return ServiceError("state directory", f"{directory}: {reason}", next_step=_ELSEWHERE)
