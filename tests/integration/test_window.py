"""How much of a session the broker has at once."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from pipeline_mcp.db import sessions, units, window
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.db.tables import unit
from pipeline_mcp.domain.session import SessionRequest, Stage
from pipeline_mcp.domain.unit import Unit, UnitState
from pipeline_mcp.scanning.window import send_following

pytestmark = pytest.mark.usefixtures("database")

SLOTS = 2
KEYS = [f"unit-{number}" for number in range(9)]


@pytest.fixture
def session_id() -> str:
    return scan("session")


def scan(name: str, principal: str = "ann") -> str:
    with transaction() as connection:
        sessions.insert(connection, name, SessionRequest("/w", "here"), principal=principal)
        sessions.advance(connection, name, Stage.SCAN)
        planned = [Unit(key, name, 1, "ruff", at, ("a.py",)) for at, key in enumerate(KEYS)]
        units.insert(connection, planned)
    return name


def begin(session_id: str, *, at_once: bool = False) -> list[str]:
    with transaction() as connection:
        first = window.begin(connection, session_id, slots=SLOTS, at_once=at_once)
    return [key for key, _tool in first]


def advance(session_id: str) -> list[str]:
    with transaction() as connection:
        return [key for key, _ in window.advance(connection, session_id, slots=SLOTS)]


def set_state(session_id: str, key: str, state: UnitState) -> None:
    with transaction() as connection:
        connection.execute(
            update(unit)
            .where(unit.c.session_id == session_id, unit.c.key == key)
            .values(state=state.value)
        )


def test_two_units_to_a_slot_are_sent_first_the_longest_ones(session_id: str) -> None:
    assert begin(session_id) == KEYS[:4]
    assert advance(session_id) == []


def test_each_unit_that_ends_lets_the_next_one_in(session_id: str) -> None:
    begin(session_id)
    set_state(session_id, KEYS[2], UnitState.DONE)
    assert advance(session_id) == [KEYS[4]]
    assert advance(session_id) == []


def test_the_scans_of_a_principal_share_its_window(session_id: str) -> None:
    other = scan("other")
    scan("of somebody else", principal="bob")
    assert begin(session_id) == KEYS[:2]
    with transaction() as connection:
        sessions.cancel(connection, other)
    assert advance(session_id) == KEYS[2:4]


def test_without_a_window_all_are_sent_at_once(session_id: str) -> None:
    assert begin(session_id, at_once=True) == KEYS
    set_state(session_id, KEYS[0], UnitState.DONE)
    assert advance(session_id) == []


def test_a_scan_that_begins_again_sends_what_runs_and_what_is_lost(session_id: str) -> None:
    begin(session_id)
    set_state(session_id, KEYS[0], UnitState.DONE)
    set_state(session_id, KEYS[3], UnitState.RUNNING)
    assert begin(session_id) == [KEYS[3], *KEYS[1:3], KEYS[4], KEYS[5]]


def test_a_cancelled_session_sends_nothing_more(session_id: str) -> None:
    begin(session_id)
    set_state(session_id, KEYS[0], UnitState.DONE)
    with transaction() as connection:
        sessions.cancel(connection, session_id)
    assert advance(session_id) == []


def test_what_could_not_be_sent_is_next_again(session_id: str) -> None:
    begin(session_id)
    for key in KEYS[:4]:
        set_state(session_id, key, UnitState.DONE)
    sent: list[str] = []

    def send(key: str, _tool: str) -> None:
        if len(sent) == 1:
            raise ConnectionError
        sent.append(key)

    with pytest.raises(ConnectionError):
        send_following(session_id, send)
    assert sent == [KEYS[4]]
    assert advance(session_id) == KEYS[5:8]
