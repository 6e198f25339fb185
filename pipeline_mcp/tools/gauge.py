"""How much the processes of a running tool use together, as far as /proc can say."""

from __future__ import annotations

import os
import re
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline_mcp.config.settings import ToolLimits
from pipeline_mcp.tools.limits import Ending

# On a host with very many processes a look takes time: at most this share of a processor.
_SHARE = 0.01
_PAGE_BYTES = resource.getpagesize()
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Process:
    """One living process; its processor time includes the children that it waited for."""

    pid: int
    session: int
    started: int
    cpu_seconds: float
    memory_bytes: int


class Gauge:
    """Looks at the session that the tool leads, so at all it has started that did not leave it."""

    def __init__(self, leader: int) -> None:
        self._leader = leader
        self._due = 0.0

    def excess(self, limits: ToolLimits) -> Ending | None:
        """What the tool uses too much of; None if nothing, or if the last look was just now."""
        begun = time.monotonic()
        if begun < self._due:
            return None
        family = [each for each in processes() if each.session == self._leader]
        ended = time.monotonic()
        self._due = ended + (ended - begun) / _SHARE
        if len(family) > limits.processes:
            return Ending.TOO_MANY_PROCESSES
        if sum(each.cpu_seconds for each in family) > limits.cpu_seconds:
            return Ending.TOO_MUCH_CPU
        if sum(each.memory_bytes for each in family) <= limits.memory_bytes:
            return None
        # Pages that several of them share were counted several times.
        memory = sum(_own_share(each) for each in family)
        return Ending.TOO_MUCH_MEMORY if memory > limits.memory_bytes else None


def processes() -> Iterator[Process]:
    """All living processes, in the order of their numbers; none where there is no /proc."""
    for pid in numbers():
        process = read_process(pid)
        if process is not None:
            yield process


def numbers() -> list[int]:
    """The numbers of all processes; none where there is no /proc."""
    try:
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    except FileNotFoundError:
        return []


def read_process(pid: int) -> Process | None:
    """The process of that number, or None if there is none that lives."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:  # it ended while we looked
        return None
    # The program's name, in parentheses, may itself hold spaces and parentheses.
    fields = stat.rpartition(b") ")[2].split()
    if fields[0] in (b"Z", b"X"):
        return None
    return Process(
        pid=pid,
        session=int(fields[3]),
        started=int(fields[19]),
        cpu_seconds=sum(map(int, fields[11:15])) / _CLOCK_TICKS,
        memory_bytes=int(fields[21]) * _PAGE_BYTES,
    )


def _own_share(process: Process) -> int:
    try:
        text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    except OSError:  # it ended, or the kernel is too old to say
        return process.memory_bytes
    found = re.search(r"^Pss: +(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else process.memory_bytes
