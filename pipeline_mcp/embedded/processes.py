"""Starting programs that end with their parent, and ending what they leave behind.

Imports the standard library's smallest modules alone: it is on the way of every command.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_EXEC_FAILED = 127


def spawn(argv: list[str], *, log: Path, stdin: int | None = None, die_with_us: bool) -> int:
    """Start a program whose output goes to `log`; gives its process id.

    With `die_with_us` the kernel ends it when this process ends, where the kernel can (Linux).
    This process must have a single thread: it forks.
    """
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        if die_with_us:
            _die_with(parent)
        _connect(log, stdin)
        os.execv(argv[0], argv)  # noqa: S606 - without a shell is what is wanted
    except OSError as error:
        os.write(2, f"{argv[0]} cannot be started: {error}\n".encode())
    finally:
        os._exit(_EXEC_FAILED)


def adopt_orphans() -> None:
    """Become the parent of all descendants whose own parent ends, where the kernel can."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def children_of(pid: int) -> list[int]:
    """The process ids of the living children of `pid`; empty where there is no /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            # The name, in parentheses, may itself hold spaces and parentheses.
            state, parent, *_ = (entry / "stat").read_text().rpartition(")")[2].split()
        except (OSError, ValueError):  # it ended while we looked
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(entry.name))
    return found


def kill_with_group(pid: int) -> None:
    """End a process for good, and with it the process group that it leads."""
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def _connect(log: Path, stdin: int | None) -> None:
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY) if stdin is None else stdin, 0)


def _die_with(parent: int) -> None:
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the kernel knew our wish
        os._exit(_EXEC_FAILED)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
