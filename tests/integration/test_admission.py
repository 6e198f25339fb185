"""Limits on the sessions that are worked on at once, and the line of those that wait."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import update

from pipeline_mcp.db import admission, outbox, sessions
from pipeline_mcp.db.engine import engine, reading, transaction
from pipeline_mcp.db.tables import session
from pipeline_mcp.domain.session import SessionRequest, SessionStatus, Stage

pytestmark = pytest.mark.usefixtures("database")


def accept(name: str, principal: str = "ann", priority: int = 5) -> str:
    with transaction() as connection:
        request = SessionRequest("/w", "here", priority=priority)
        sessions.insert(connection, name, request, principal=principal)
        outbox.wish(connection, name)
    return name


def admit(most: int = 2, most_per_principal: int = 99) -> list[str]:
    with transaction() as connection:
        return admission.admit(connection, most=most, most_per_principal=most_per_principal)


def line() -> list[str]:
    with reading() as connection:
        places = admission.positions(connection)
    assert sorted(places.values()) == list(range(1, len(places) + 1))
    return sorted(places, key=places.__getitem__)


def end(name: str) -> None:
    with transaction() as connection:
        assert sessions.finish(connection, name, SessionStatus.PASSED)


def test_no_more_than_the_limit_are_let_in_and_the_oldest_come_first() -> None:
    names = [accept(f"s{n}") for n in range(4)]
    assert admit() == names[:2]
    assert admit() == []
    assert line() == names[2:]


def test_one_that_ends_makes_room_for_the_next() -> None:
    first, _, third, fourth = [accept(f"s{n}") for n in range(4)]
    admit()
    end(first)
    assert admit() == [third]
    assert line() == [fourth]


def test_one_that_is_cancelled_leaves_the_line() -> None:
    _, _, third, fourth = [accept(f"s{n}") for n in range(4)]
    admit()
    with transaction() as connection:
        sessions.cancel(connection, third)
    assert line() == [fourth]


def test_principals_take_turns() -> None:
    many = [accept(f"a{n}") for n in range(3)]
    few = [accept(f"b{n}", "bob") for n in range(2)]
    assert line() == [many[0], few[0], many[1], few[1], many[2]]


def test_who_has_more_in_flight_stands_further_behind() -> None:
    accept("a0"), accept("a1")
    admit()
    accept("a2"), accept("b0", "bob"), accept("b1", "bob"), accept("b2", "bob")
    assert line() == ["b0", "b1", "a2", "b2"]


def test_of_one_principal_the_most_urgent_is_first() -> None:
    accept("bulk", priority=9), accept("usual"), accept("now", priority=0)
    assert line() == ["now", "usual", "bulk"]


def test_a_principal_has_a_limit_of_its_own() -> None:
    accept("a0"), accept("a1"), accept("a2"), accept("b0", "bob")
    assert admit(most=9, most_per_principal=2) == ["a0", "b0", "a1"]
    assert admit(most=9, most_per_principal=2) == []
    end("a0")
    assert admit(most=9, most_per_principal=2) == ["a2"]


def test_many_at_once_never_let_in_more_than_the_limit() -> None:
    for number in range(12):
        accept(f"s{number:02}")
    admitted: list[str] = []
    threads = [threading.Thread(target=lambda: admitted.extend(admit(5))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(admitted) == [f"s{number:02}" for number in range(5)]


def test_a_session_that_an_older_version_has_begun_counts() -> None:
    accept("old"), accept("new"), accept("newer")
    with transaction() as connection:
        sessions.advance(connection, "old", Stage.SCAN)
    assert admit() == ["new"]


def test_the_reconciler_leaves_alone_what_waits() -> None:
    accept("in"), accept("waits")
    admit(most=1)
    with transaction() as connection:
        connection.execute(update(session).values(updated_at=session.c.updated_at - 1000))
        forsaken = outbox.forsaken(connection, lease_seconds=30)
    assert [session_id for session_id, _ in forsaken] == ["in"]


def test_a_view_knows_the_place_in_line() -> None:
    names = [accept(f"s{n}") for n in range(3)]
    admit(most=1)
    with reading() as connection:
        views = [sessions.view(connection, name) for name in names]
        assert [view.queue_position for view in views] == [None, 1, 2]
        page = sessions.page(connection, limit=9)
    assert {view.session_id: view.queue_position for view in page} == {
        "s0": None,
        "s1": 1,
        "s2": 2,
    }


def test_a_thousand_wait_without_trouble() -> None:
    with transaction() as connection:
        for number in range(1000):
            request = SessionRequest("/w", "here", priority=number % 10)
            sessions.insert(connection, f"s{number:04}", request, principal=f"p{number % 7}")
    assert len(admit(most=100)) == 100
    assert len(line()) == 900
    assert engine().pool.checkedout() == 0  # type: ignore[attr-defined]
