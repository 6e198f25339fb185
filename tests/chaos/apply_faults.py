"""The faults that meet whoever brings a patch into a workspace."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import ClassVar

from chaos.programs import Program
from chaos.watch import RunningUnit, Sight
from chaos.worker_faults import WorkerKilled

# How long to look out at once, how often, and how long to let the worker go on; seconds.
_LOOK_OUT_SECONDS = 0.09
_PAUSE_SECONDS = 0.001
_LONGEST_DELAY_SECONDS = 0.03


class WorkerKilledApplying(WorkerKilled):
    """SIGKILL for a worker that holds the lock on a workspace: it is in the midst of apply or undo.

    It is stopped as soon as it is seen, or it would be through before it is killed.
    """

    kind = "worker killed in apply"
    patience: ClassVar[float] = 60.0
    # Never set: it is waited for to let a moment pass.
    _pause: ClassVar[threading.Event] = threading.Event()

    def is_possible(self) -> bool:
        until = time.monotonic() + _LOOK_OUT_SECONDS
        while time.monotonic() < until:
            if self._catch():
                return True
            self._pause.wait(_PAUSE_SECONDS)
        return False

    def affected(self, sight: Sight) -> frozenset[str]:
        return super().affected(sight) | self.watch.of_workspace(self.target)

    def units(self, sight: Sight) -> tuple[RunningUnit, ...]:
        return sight.running_in(self.worker.pid)

    def _catch(self) -> bool:
        for pid, inode in _locks():
            worker = next((one for one in self._alive() if one.pid == pid), None)
            workspace = self.cluster.workspaces().get(inode)
            if worker is not None and workspace is not None:
                self._pause.wait(self.chance.uniform(0.0, _LONGEST_DELAY_SECONDS))
                os.kill(pid, signal.SIGSTOP)
                if (pid, inode) in _locks():
                    self.worker, self.target = worker, str(workspace)
                    return True
                os.kill(pid, signal.SIGCONT)
        return False

    def _alive(self) -> list[Program]:
        return [each for each in self.cluster.workers if each.is_at_work()]


def _locks() -> set[tuple[int, int]]:
    """Who holds a lock on which file: pairs of a process id and an inode."""
    rows = (line.split() for line in Path("/proc/locks").read_text().splitlines())
    return {(int(row[4]), int(row[5].rpartition(":")[2])) for row in rows if row[1:2] == ["FLOCK"]}
