"""A signal interrupts a command once, wherever it comes, and the command alone speaks of it."""

from __future__ import annotations

import subprocess
import sys

_PREAMBLE = """
import os, signal, time
from pipeline_mcp.cli.interruption import ignore_interruptions, take_interruptions

take_interruptions()
try:
    {interrupted}
except KeyboardInterrupt:
    {cleaning_up}
    ignore_interruptions()
    print("cleaned up", flush=True)
"""
_KILL = "os.kill(os.getpid(), signal.{})"


def said(interrupted: str, cleaning_up: str = "pass") -> tuple[int, str, str]:
    script = _PREAMBLE.format(interrupted=interrupted, cleaning_up=cleaning_up)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_a_second_signal_does_not_hinder_the_cleaning_up() -> None:
    again = "; ".join(_KILL.format(name) for name in ("SIGINT", "SIGTERM", "SIGHUP"))
    assert said(_KILL.format("SIGTERM"), again) == (0, "cleaned up\n", "")


def test_when_the_grace_is_over_a_signal_interrupts_the_cleaning_up_as_well() -> None:
    later = f"real = time.monotonic; time.monotonic = lambda: real() + 60; {_KILL.format('SIGINT')}"
    code, stdout, stderr = said(_KILL.format("SIGINT"), later)
    assert (code, stdout) == (-2, "")
    assert stderr.endswith("KeyboardInterrupt\n")


def test_a_signal_during_a_finaliser_is_not_lost() -> None:
    finaliser = f"lambda self: {_KILL.format('SIGINT')}"
    drops_one = f"type('One', (), {{'__del__': {finaliser}}})(); time.sleep(60)"
    assert said(drops_one) == (0, "cleaned up\n", "")


def test_what_else_goes_wrong_in_a_finaliser_is_said() -> None:
    drops_one = "type('One', (), {'__del__': lambda self: 1 / 0})(); raise KeyboardInterrupt"
    code, stdout, stderr = said(drops_one)
    assert (code, stdout) == (0, "cleaned up\n")
    assert "ZeroDivisionError" in stderr


def test_a_signal_after_the_end_changes_nothing() -> None:
    late = f"import atexit; atexit.register(lambda: {_KILL.format('SIGTERM')})"
    assert said("raise KeyboardInterrupt", late) == (0, "cleaned up\n", "")
