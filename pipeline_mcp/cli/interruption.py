"""Ctrl-C, and being asked to end: one interruption, at whatever moment it comes."""

from __future__ import annotations

import signal
import sys
import time
from types import FrameType

# Asked to end is like Ctrl-C: the session is cancelled, nothing keeps running for nobody.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# So long a command may clean up before another signal interrupts that as well: impatient people
# press Ctrl-C twice, and a session that is only half cancelled would go on for nobody.
_GRACE_SECONDS = 5.0
_AGAIN_SECONDS = 0.01


class _Handler:
    """Raises KeyboardInterrupt at the first signal, and again when the grace is over."""

    def __init__(self) -> None:
        self._deaf_until = 0.0

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if now >= self._deaf_until:
            self._deaf_until = now + _GRACE_SECONDS
            raise KeyboardInterrupt


def take_interruptions() -> None:
    """From now on a signal raises KeyboardInterrupt in the main thread, once."""
    handler = _Handler()
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, handler)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    sys.unraisablehook = _raise_again


def ignore_interruptions() -> None:
    """All is done and said: what comes now is too late to change how the process ends."""
    for number in (*_SIGNALS, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)


def _raise_again(lost: sys.UnraisableHookArgs) -> None:
    """A signal may come while a finaliser runs, which no exception leaves: then a moment later."""
    if issubclass(lost.exc_type, KeyboardInterrupt):
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)
    else:
        sys.__unraisablehook__(lost)
