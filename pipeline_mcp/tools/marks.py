"""Every run of a tool is marked in its environment, so that what it left behind can be found."""

from __future__ import annotations

import itertools
import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline_mcp.tools.gauge import numbers, read_process

VARIABLE = "MARK_OF_PIPELINE_MCP"
_MARK = re.compile(r"(?P<namespace>.+):(?P<pid>\d+)\.(?P<born>\d+):\d+")

_runs = itertools.count(1)
# A process may start another while we end it; no honest tool does so for ever.
_MOST_ROUNDS = 20


def new_mark() -> str:
    """A mark that no other run has: namespace and worker, its time of birth, and a number.

    Containers number their processes each by itself, so a number alone would name another's.
    """
    me = read_process(os.getpid())
    return f"{_namespace()}:{os.getpid()}.{me.started if me else 0}:{next(_runs)}"


def end_run(mark: str, *, after: int = 0) -> None:
    """End all that the run of this mark has started, in its process group or out of it.

    `after` spares the look at processes that are older than the one of this number: numbers
    are given in order, until they begin anew.
    """
    _end(lambda found: found == mark, after if _newest() >= after else 0)


def end_orphans() -> int:
    """End the tools whose worker on this host is gone; gives how many processes that were."""
    return _end(_is_orphan, 0)


def _is_orphan(mark: str) -> bool:
    parts = _MARK.fullmatch(mark)
    if parts is None or parts["namespace"] != _namespace():
        return False
    worker = read_process(int(parts["pid"]))
    # Numbers are used again: the process may be another one by now.
    return worker is None or worker.started != int(parts["born"])


def _end(is_meant: Callable[[str], bool], after: int) -> int:
    ended: set[int] = set()
    for _ in range(_MOST_ROUNDS):
        found = {pid for pid, mark in _marked(after) if is_meant(mark)}
        if not found:
            break
        ended.update(pid for pid in found if _kill(pid))
    return len(ended)


def _marked(after: int) -> Iterator[tuple[int, str]]:
    """The marked processes that this user may look at, and their marks."""
    prefix = f"{VARIABLE}=".encode()
    for pid in filter(after.__lt__, numbers()):
        try:
            words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:  # it ended while we looked, or belongs to somebody else
            continue
        for word in words:
            if word.startswith(prefix):
                yield pid, word.removeprefix(prefix).decode(errors="replace")


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _newest() -> int:
    """The number that was given last; 0 where there is no /proc."""
    try:
        return int(Path("/proc/loadavg").read_text().split()[-1])
    except OSError:
        return 0


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return "none"
