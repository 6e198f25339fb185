"""One campaign: undisturbed runs, then sessions and faults side by side, then the verdict."""

from __future__ import annotations

import heapq
import itertools
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from chaos.cluster import Cluster
from chaos.faults import Cancelled, Fault, SessionCancelled
from chaos.load import Load
from chaos.schedule import Step, make_schedule
from chaos.watch import RunningUnit, Watch
from fixtures.waiting import wait_until

# A fault that finds no target yet tries again so often; seconds.
_AGAIN_SECONDS = 0.1
_TICK_SECONDS = 0.05
# A program that ended by itself comes back after so long, as under any supervisor.
_RESTART_SECONDS = 1.0


@dataclass
class Struck:
    """A fault that was injected: when, what it hit, and when the damage was repaired."""

    number: int
    kind: str
    target: str
    at: float
    affected: frozenset[str]
    units: tuple[RunningUnit, ...]
    repaired_at: float | None = None


@dataclass
class Record:
    """What the driver did."""

    struck: list[Struck] = field(default_factory=list)
    # kind -> why it did not strike, once for each time
    passed_over: list[tuple[str, str]] = field(default_factory=list)
    cancelled: list[Cancelled] = field(default_factory=list)
    cancel_tried: set[str] = field(default_factory=set)


class Campaign:
    """Plays a schedule against a cluster."""

    def __init__(self, cluster: Cluster, watch: Watch, load: Load, seed: int) -> None:
        self.cluster = cluster
        self.watch = watch
        self.load = load
        self.seed = seed
        self.record = Record()
        self._begun = 0.0
        self._order = itertools.count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._pause = threading.Event()

    def play(self, *, faults: int, sessions: int) -> None:
        """Submit and strike until all is done and everything runs again."""
        self._begun = time.monotonic()
        for step in make_schedule(self.seed, faults=faults, sessions=sessions):
            self._at(step.at, self._action(step))
        while self._due or not self.load.settled():
            self._revive()
            self._do_what_is_due()
            self._pause.wait(_TICK_SECONDS)

    def calm(self, patience: float) -> bool:
        """Wait until every session is final, at most so many seconds; False if one is not."""

        def is_over() -> bool:
            self._revive()
            self._do_what_is_due()
            return not self.watch.look().unfinished

        try:
            wait_until(is_over, timeout=patience, message="all sessions are final")
        except pytest.fail.Exception:
            return False
        return True

    def _action(self, step: Step) -> Callable[[], None]:
        if step.fault is None:
            return lambda: self.load.begin(step.number)
        chance = random.Random(f"{self.seed}/fault/{step.number}")
        fault = step.fault(self.cluster, self.watch, chance)
        return lambda: self._try(step, fault, chance)

    def _try(self, step: Step, fault: Fault, chance: random.Random) -> None:
        if reason := fault.unavailable():
            self.record.passed_over.append((fault.kind, reason))
        elif fault.is_possible():
            self._strike(step, fault, chance)
        elif self._now() - step.at < fault.patience and self._is_worth_waiting():
            self._at(self._now() + _AGAIN_SECONDS, lambda: self._try(step, fault, chance))
        else:
            self.record.passed_over.append((fault.kind, "it found no target"))

    def _is_worth_waiting(self) -> bool:
        """No target comes any more once all sessions have ended."""
        return not self.load.settled() or bool(self.watch.look().unfinished)

    def _strike(self, step: Step, fault: Fault, chance: random.Random) -> None:
        sight = self.watch.look()
        hit = Struck(
            number=step.number,
            kind=fault.kind,
            target=fault.target,
            at=time.time(),
            affected=fault.affected(sight),
            units=fault.units(sight),
        )
        self.record.struck.append(hit)
        fault.strike()
        hit.target = fault.target
        if isinstance(fault, SessionCancelled):
            self.record.cancel_tried.add(fault.target)
            if fault.cancelled is not None:
                self.record.cancelled.append(fault.cancelled)

        def repair() -> None:
            fault.repair()
            hit.repaired_at = time.time()

        self._at(self._now() + chance.uniform(*fault.outage), repair)

    def _revive(self) -> None:
        """Start again what has ended by itself; what a fault ended comes back with its repair."""
        for program in self.cluster.programs:
            if program.note_own_end():
                self._at(self._now() + _RESTART_SECONDS, program.start)

    def _do_what_is_due(self) -> None:
        while self._due and self._due[0][0] <= self._now():
            _, _, action = heapq.heappop(self._due)
            action()

    def _at(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (seconds, next(self._order), action))

    def _now(self) -> float:
        return time.monotonic() - self._begun
