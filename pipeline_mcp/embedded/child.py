"""A program that is started again whenever it ends, within reason."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable

_WINDOW_SECONDS = 60.0
# A program that ends by itself will do so again; one that was killed is not to blame.
_ENDS_BY_ITSELF = 4
_ENDS_BY_SIGNAL = 20
_LONGEST_PAUSE_SECONDS = 2.0


class GaveUpError(Exception):
    """A program ends again and again."""


def say(sentence: str) -> None:
    """Write a line to the supervisor's log, unless the disk is full: no reason to end a stack."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {sentence}\n")
        sys.stderr.flush()


class Child:
    """One program: `start` starts it and gives its process id."""

    def __init__(self, name: str, start: Callable[[], int]) -> None:
        self.name = name
        self.pid: int | None = None
        self._start = start
        self._due = 0.0
        self._ends: list[float] = []

    def tend(self, now: float) -> None:
        """Start it if it does not run and its pause is over."""
        if self.pid is None and now >= self._due:
            self.pid = self._start()

    def ended(self, exit_code: int, now: float) -> None:
        """Plan its next start.

        Raises:
            GaveUpError: it ended too often lately.
        """
        self.pid = None
        said = f"by signal {-exit_code}" if exit_code < 0 else f"with exit code {exit_code}"
        say(f"{self.name} ended {said}")
        self._ends = [end for end in self._ends if now - end < _WINDOW_SECONDS] + [now]
        count = len(self._ends)
        if count >= (_ENDS_BY_SIGNAL if exit_code < 0 else _ENDS_BY_ITSELF):
            raise GaveUpError(f"{self.name} ended {count} times within a minute")
        # At once, then after 0.25 s, 0.5 s, 1 s …
        pause = 0.0 if count == 1 else 2.0 ** (count - 4)
        self._due = now + min(pause, _LONGEST_PAUSE_SECONDS)

    def stop(self, grace_seconds: float) -> None:
        """Ask it to end, wait, and end it for good if it does not."""
        pid, self.pid = self.pid, None
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + grace_seconds
        while os.waitpid(pid, os.WNOHANG)[0] != pid:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return
            time.sleep(0.01)
