"""When what happens: drawn from the seed alone, before anything runs."""

from __future__ import annotations

import random
from dataclasses import dataclass

from chaos.apply_faults import WorkerKilledApplying
from chaos.faults import (
    BrokerFlushed,
    BrokerKilled,
    BrokerLost,
    ChordKeysDropped,
    DatabaseStopped,
    DiskFilled,
    Fault,
    ResultsFlushed,
    ServerKilled,
    SessionCancelled,
)
from chaos.worker_faults import ToolKilled, WorkerFrozen, WorkerKilled

# How often each kind is dealt: those that hit units need luck to meet one.
DECK: tuple[type[Fault], ...] = (
    ToolKilled,
    ToolKilled,
    WorkerKilled,
    WorkerKilled,
    WorkerKilledApplying,
    WorkerFrozen,
    BrokerKilled,
    BrokerLost,
    BrokerFlushed,
    ResultsFlushed,
    ChordKeysDropped,
    DatabaseStopped,
    ServerKilled,
    DiskFilled,
    SessionCancelled,
)

# Seconds from one fault to the next.
_PAUSES = (0.5, 4.5)
# So many sessions are there before the first fault.
_HEAD_START = 4


@dataclass(frozen=True, slots=True)
class Step:
    """At `at` seconds session number `session` is submitted, or fault number `number` strikes."""

    at: float
    number: int
    fault: type[Fault] | None = None


def make_schedule(seed: int, *, faults: int, sessions: int) -> list[Step]:
    """The steps in their order; every kind of fault comes about as often as the deck says."""
    chance = random.Random(f"{seed}/schedule")
    at, steps = 3.0, []
    deck: list[type[Fault]] = []
    for number in range(faults):
        if not deck:
            deck = list(DECK)
            chance.shuffle(deck)
        at += chance.uniform(*_PAUSES)
        steps.append(Step(at, number, deck.pop()))
    for number in range(sessions):
        early = number < _HEAD_START
        steps.append(Step(0.0 if early else chance.uniform(0.0, at), number))
    return sorted(steps, key=lambda step: step.at)
