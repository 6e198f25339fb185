"""The faults of workers and of the tools that they run."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from chaos.cluster import LEASE_SECONDS
from chaos.faults import Fault
from chaos.programs import Program
from chaos.watch import RunningUnit, Sight


class _WorkerFault(Fault):
    worker: Program

    def is_possible(self) -> bool:
        sight = self.watch.look()
        found = [each for each in self.cluster.workers if self._suits(each, sight)]
        if found:
            self.worker = self.chance.choice(found)
            self.target = self.worker.name
        return bool(found)

    def _suits(self, worker: Program, sight: Sight) -> bool:
        return worker.is_at_work() and bool(sight.running_in(worker.pid))

    def affected(self, sight: Sight) -> frozenset[str]:
        return frozenset(each.session_id for each in sight.running_in(self.worker.pid))

    def units(self, sight: Sight) -> tuple[RunningUnit, ...]:
        return sight.running_in(self.worker.pid)


class ToolKilled(_WorkerFault):
    """SIGKILL for a tool that a worker runs; which unit's it is the worker alone knows."""

    kind = "tool killed"

    def affected(self, sight: Sight) -> frozenset[str]:
        """Whoever makes fixes may be the worker as well; the rows do not say that."""
        return super().affected(sight) | sight.fixing

    def units(self, sight: Sight) -> tuple[RunningUnit, ...]:
        return ()

    def _suits(self, worker: Program, sight: Sight) -> bool:
        return super()._suits(worker, sight) and bool(self.cluster.tools_of(worker))

    def strike(self) -> None:
        running = self.cluster.tools_of(self.worker)
        for pid in self.chance.sample(running, len(running)):
            # One that has just ended makes way for the next.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                return


class WorkerKilled(_WorkerFault):
    """SIGKILL for a worker; its tools are left alone in the world."""

    kind = "worker killed"

    def strike(self) -> None:
        self.worker.kill()

    def repair(self) -> None:
        self.worker.start()


class WorkerFrozen(_WorkerFault):
    """SIGSTOP for a worker, SIGCONT when its leases have run out."""

    kind = "worker frozen"
    outage = (1.2 * LEASE_SECONDS, 2.5 * LEASE_SECONDS)

    def strike(self) -> None:
        self.worker.freeze()

    def repair(self) -> None:
        self.worker.thaw()
