"""Measurements that are taken side by side, none of which can hold up the others."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pipeline_mcp.errors import PipelineError


class State(StrEnum):
    """How a part is, best first."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"


_WORST_FIRST = (State.FAILED, State.DEGRADED, State.OK)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a probe found: a clause for people, what to do about it, and JSON-ready numbers."""

    state: State
    detail: str
    advice: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measurement:
    """A reading with the name of its part, and how long it took."""

    name: str
    reading: Reading
    seconds: float


Probe = Callable[[], Reading]


class _Pending:
    """Since when probes wait for their answers, some of them for an earlier measurement."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: dict[tuple[str, str], list[float]] = {}

    def enter(self, key: tuple[str, str], seconds: float) -> float | None:
        """When the probe is begun, or None if one hangs already: a second would hang beside it."""
        now = time.monotonic()
        with self._lock:
            begun = self._begun.setdefault(key, [])
            if any(now - since > seconds for since in begun):
                return None
            begun.append(now)
            return now

    def leave(self, key: tuple[str, str], since: float) -> None:
        with self._lock:
            self._begun[key].remove(since)


_pending = _Pending()


def measure(
    probes: Mapping[str, Probe], *, seconds: float, target: str = ""
) -> tuple[Measurement, ...]:
    """Take all measurements at once; one that is not there after `seconds` has failed.

    Threads, because the libraries below cannot all be told when to give up. A probe that hangs
    is not begun again before it ends; `target` tells apart the services that are asked.
    """
    answers: queue.SimpleQueue[Measurement] = queue.SimpleQueue()
    entered = {name: _pending.enter((name, target), seconds) for name in probes}
    begun = {name: since for name, since in entered.items() if since is not None}
    for name, since in begun.items():
        arguments = (name, (name, target), since, probes[name], answers)
        threading.Thread(target=_take, args=arguments, daemon=True, name=name).start()
    found = {each.name: each for each in _arriving(answers, len(begun), seconds)}
    return tuple(found.get(name) or _silent(name, seconds) for name in probes)


def worst(measurements: Iterable[Measurement]) -> State:
    """The state of the whole: that of its worst part."""
    states = {each.reading.state for each in measurements}
    return next((state for state in _WORST_FIRST if state in states), State.OK)


def _take(
    name: str,
    key: tuple[str, str],
    began: float,
    probe: Probe,
    answers: queue.SimpleQueue[Measurement],
) -> None:
    try:
        reading = probe()
    except PipelineError as error:
        reading = Reading(State.FAILED, error.message, error.next_step or "")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is wrong with the part
        reading = Reading(State.FAILED, f"{type(error).__name__}: {error}")
    finally:
        _pending.leave(key, began)
    answers.put(Measurement(name, reading, time.monotonic() - began))


def _arriving(
    answers: queue.SimpleQueue[Measurement], number: int, seconds: float
) -> Iterable[Measurement]:
    deadline = time.monotonic() + seconds
    for _ in range(number):
        try:
            yield answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return


def _silent(name: str, seconds: float) -> Measurement:
    said = f"no answer within {seconds:g} s"
    return Measurement(name, Reading(State.FAILED, said), seconds)
