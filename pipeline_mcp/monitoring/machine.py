"""What this process may use of its machine: processors and memory, as its container allows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")
_MEMORY = Path("/proc/meminfo")
# The first version of control groups says "no limit" with a number near the largest there is.
_NO_LIMIT = 1 << 60


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes; `limit` is what there is or what the container may use, whichever is less."""

    limit: int
    used: int
    is_container: bool

    @property
    def percent(self) -> float:
        """How much of the limit is in use."""
        return 100.0 * self.used / self.limit if self.limit else 0.0


def processors() -> float:
    """How many this process may use: those it may run on, and its control group's quota."""
    affinity = getattr(os, "sched_getaffinity", None)
    usable = float(len(affinity(0)) if affinity else os.cpu_count() or 1)
    quotas = [quota for group in _groups("cpu") if (quota := _quota(group))]
    return min([usable, *quotas])


def memory() -> Memory | None:
    """The memory, or None where the system does not say (macOS)."""
    machine = _machine_memory()
    if machine is None:
        return None
    limits = [found for group in _groups("memory") if (found := _group_memory(group))]
    tightest = min(limits, key=lambda each: each.limit, default=machine)
    return tightest if tightest.limit < machine.limit else machine


def _groups(controller: str) -> list[Path]:
    """The directories of this process's control group and of those around it, both versions."""
    for line in _lines(_OWN_CGROUP):
        _, controllers, path = line.split(":", 2)
        if controllers in ("", None) or controller in controllers.split(","):
            root = _CGROUPS / controller if controllers else _CGROUPS
            way = [root / path.strip("/"), *(root / path.strip("/")).parents]
            return [each for each in way if each.is_relative_to(root) and each.is_dir()]
    return []


def _quota(group: Path) -> float | None:
    """Processors by time: quota over period; -1 and `max` mean all there are."""
    words = _word(group / "cpu.max").split()
    if not words:
        words = [_word(group / "cpu.cfs_quota_us"), _word(group / "cpu.cfs_period_us")]
    if len(words) != 2 or not all(word.isdecimal() for word in words) or words[1] == "0":
        return None
    return int(words[0]) / int(words[1])


def _group_memory(group: Path) -> Memory | None:
    limit = _word(group / "memory.max") or _word(group / "memory.limit_in_bytes")
    used = _word(group / "memory.current") or _word(group / "memory.usage_in_bytes")
    if not limit.isdecimal() or not used.isdecimal() or int(limit) >= _NO_LIMIT:
        return None
    return Memory(int(limit), max(0, int(used) - _reclaimable(group)), is_container=True)


def _reclaimable(group: Path) -> int:
    """The page cache that the kernel gives back before it refuses anybody."""
    pairs = (line.split() for line in _lines(group / "memory.stat"))
    counts = {words[0]: int(words[1]) for words in pairs if len(words) == 2}
    return counts.get("inactive_file", counts.get("total_inactive_file", 0))


def _machine_memory() -> Memory | None:
    sizes = {}
    for line in _lines(_MEMORY):
        name, _, rest = line.partition(":")
        number = rest.split()[:1]
        if number and number[0].isdecimal():
            sizes[name] = int(number[0]) * 1024
    if "MemTotal" not in sizes or "MemAvailable" not in sizes:
        return None
    return Memory(sizes["MemTotal"], sizes["MemTotal"] - sizes["MemAvailable"], is_container=False)


def _word(file: Path) -> str:
    return " ".join(_lines(file)).strip()


def _lines(file: Path) -> list[str]:
    """Nothing where the system has no such file, or does not let us read it."""
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
