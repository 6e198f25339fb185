"""Whether anybody still needs the stack."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from pipeline_mcp.embedded import locks
from pipeline_mcp.embedded.child import say
from pipeline_mcp.embedded.plan import Home

# The next command of a series finds the stack warm.
_LINGER_SECONDS = 1.0
_LOOK_AGAIN_SECONDS = 2.0


class Usage:
    """Watches the clients' lock, the `keep` mark and the detached sessions of one stack."""

    def __init__(self, home: Home, has_unfinished: Callable[[], bool]) -> None:
        self._home = home
        self._ask = has_unfinished
        self._unused_since: float | None = None
        self._not_before = 0.0
        self._claim: int | None = None

    def is_over(self, now: float) -> bool:
        """True, for good, once nobody needs the stack: from then on new commands wait."""
        if now < self._not_before or self._has_users():
            return False
        if self._unused_since is None:
            self._unused_since = now
        if now - self._unused_since < _LINGER_SECONDS:
            return False
        if self._is_worked_for():
            if not self._not_before:
                say("a detached session goes on")
            self._not_before = now + _LOOK_AGAIN_SECONDS
            return False
        return self._claim_alone()

    def release(self) -> None:
        """Let the commands go on that wait for the end of this stack."""
        if self._claim is not None:
            os.close(self._claim)

    def _has_users(self) -> bool:
        lock = None if self._home.keep.exists() else locks.try_exclusive(self._home.clients)
        if lock is None:
            self._unused_since, self._not_before = None, 0.0
            return True
        os.close(lock)
        return False

    def _claim_alone(self) -> bool:
        """A command may have come and gone meanwhile: look again while none can."""
        lock = locks.try_exclusive(self._home.clients)
        if lock is None:
            return False
        if self._home.keep.exists() or self._is_worked_for():
            os.close(lock)
            return False
        self._claim = lock
        return True

    def _is_worked_for(self) -> bool:
        try:
            return self._ask()
        except Exception as error:  # noqa: BLE001 - two drivers, and a stack must be able to end
            say(f"the database does not say whether detached sessions go on: {error}")
            return False


def is_lost(lock: int, path: Path) -> bool:
    """True if the file that `lock` has open is no longer at `path`: the directory was removed."""
    try:
        return os.fstat(lock).st_ino != path.stat().st_ino
    except OSError:
        return True
