"""Measurements run side by side; none can hold up the others or hang twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from pipeline_mcp.errors import ServiceError
from pipeline_mcp.monitoring.measurement import Reading, State, measure, worst


def _fine() -> Reading:
    return Reading(State.OK, "fine")


@pytest.fixture
def release() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_a_probe_that_raises_has_failed_and_says_what_to_do() -> None:
    def broken() -> Reading:
        raise ServiceError("broker", "nobody there", next_step="Start it.")

    [found] = measure({"broker": broken}, seconds=5)
    assert found.reading == Reading(State.FAILED, "broker: nobody there", "Start it.")


def test_an_unexpected_error_is_named_and_spares_the_others() -> None:
    def broken() -> Reading:
        raise ZeroDivisionError("by zero")

    first, second = measure({"one": broken, "two": _fine}, seconds=5)
    assert first.reading.detail == "ZeroDivisionError: by zero"
    assert second.reading.state is State.OK


def test_a_probe_that_hangs_fails_in_time_and_is_not_begun_again(
    release: threading.Event, wait_until: Callable[..., object]
) -> None:
    begun = []

    def hanging() -> Reading:
        begun.append(threading.current_thread())
        release.wait()
        return _fine()

    probes = {"hanging": hanging, "fine": _fine}
    for _ in range(3):
        hung, fine = measure(probes, seconds=0.05)
        assert hung.reading == Reading(State.FAILED, "no answer within 0.05 s")
        assert fine.reading.state is State.OK
    assert len(begun) == 1
    release.set()
    wait_until(lambda: not begun[0].is_alive(), message="the probe ends")
    assert measure(probes, seconds=5)[0].reading.state is State.OK


def test_the_whole_is_as_well_as_its_worst_part() -> None:
    states = {"one": State.OK, "two": State.DEGRADED}
    probes = {name: (lambda state=state: Reading(state, "")) for name, state in states.items()}
    assert worst(measure(probes, seconds=5)) is State.DEGRADED
    assert worst([]) is State.OK


def test_two_who_ask_at_once_both_get_an_answer() -> None:
    both = threading.Barrier(2, timeout=5)

    def patient() -> Reading:
        both.wait()
        return _fine()

    found: list[State] = []

    def ask() -> None:
        found.append(measure({"patient": patient}, seconds=5)[0].reading.state)

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert found == [State.OK, State.OK]
