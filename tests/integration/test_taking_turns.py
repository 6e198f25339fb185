"""Who is served first when many sessions want the same few workers."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.own_tools import request_of_scripts
from fixtures.stack import StartWorker
from fixtures.state import read_settings_anew
from fixtures.waiting import wait_until
from sqlalchemy import select

from pipeline_mcp.db.engine import reading
from pipeline_mcp.db.tables import unit
from pipeline_mcp.domain.session import SessionStatus, Stage
from pipeline_mcp.domain.unit import UnitState
from pipeline_mcp.sessions.cancel import cancel
from pipeline_mcp.sessions.follow import view, wait
from pipeline_mcp.sessions.submit import submit

pytestmark = pytest.mark.usefixtures("external_services")

SHORT = "sleep 0.05"


def start(workspace: Path, units: int, principal: str = "ann", priority: int = 5) -> str:
    request = request_of_scripts(workspace, [SHORT] * units, priority=priority)
    return submit(request, principal=principal)


def wait_for_units(session_id: str, number: int) -> None:
    wait_until(lambda: view(session_id).units.done >= number, message=f"{number} units are done")


def ended() -> list[str]:
    """The sessions of all units, in the order in which the units ended."""
    query = (
        select(unit.c.session_id).where(unit.c.state == UnitState.DONE).order_by(unit.c.finished_at)
    )
    with reading() as connection:
        return list(connection.scalars(query))


def ended_before(session_id: str, other: str) -> int:
    """How many units of `other` ended before the last one of `session_id`."""
    order = ended()
    last = len(order) - 1 - order[::-1].index(session_id)
    return order[:last].count(other)


def test_an_urgent_session_overtakes_a_bulk_session(
    one_file: Path, start_worker: StartWorker
) -> None:
    start_worker("one", "--concurrency", "1")
    bulk = start(one_file, units=16, priority=9)
    wait_for_units(bulk, 2)
    done = view(bulk).units.done
    urgent = start(one_file, units=4, priority=0)
    assert wait(urgent, timeout=30).status is SessionStatus.PASSED
    # Those that ran when the urgent session came and while its snapshot was taken.
    assert ended_before(urgent, bulk) <= done + 3
    assert view(bulk).status is SessionStatus.RUNNING
    cancel(bulk)


def test_two_principals_take_turns(one_file: Path, start_worker: StartWorker) -> None:
    start_worker("one", "--concurrency", "1")
    large = start(one_file, units=24, principal="ann")
    wait_for_units(large, 2)
    done = view(large).units.done
    small = start(one_file, units=5, principal="bob")
    assert wait(small, timeout=30).status is SessionStatus.PASSED
    # As many as its own, and ann's window, which was there first.
    assert ended_before(small, large) <= done + 5 + 4
    cancel(large)


def test_many_sessions_of_one_principal_count_as_one(
    one_file: Path, start_worker: StartWorker
) -> None:
    start_worker("one", "--concurrency", "2")
    many = [start(one_file, units=16, principal="ann") for _ in range(3)]
    wait_until(lambda: all(view(each).stage is Stage.SCAN for each in many))
    done = len(ended())
    other = start(one_file, units=8, principal="bob")
    assert wait(other, timeout=30).status is SessionStatus.PASSED
    meanwhile = sum(ended_before(other, session_id) for session_id in many) - done
    # One window of two units to a slot: the three sessions have two units each, bob has four.
    assert meanwhile <= 8 * 2 + 8
    for session_id in many:
        cancel(session_id)


def test_every_unit_of_a_large_session_is_run_once_and_the_session_ends(
    one_file: Path, start_worker: StartWorker
) -> None:
    start_worker("one", "--concurrency", "2")
    session_id = submit(request_of_scripts(one_file, ["true"] * 30))
    assert wait(session_id, timeout=30).status is SessionStatus.PASSED
    with reading() as connection:
        rows = connection.execute(
            select(unit.c.attempt, unit.c.outcome).where(unit.c.session_id == session_id)
        ).all()
    assert [tuple(row) for row in rows] == [(1, "ok")] * 30


def test_a_session_over_the_limit_waits_and_is_sent_when_another_ends(
    one_file: Path, start_worker: StartWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_MAX_SESSIONS", "1")
    read_settings_anew()
    first, second, third = [start(one_file, units=2) for _ in range(3)]
    assert [view(each).queue_position for each in (first, second, third)] == [None, 1, 2]
    cancel(second)
    assert view(third).queue_position == 1
    start_worker("one")
    assert wait(first, timeout=30).status is SessionStatus.PASSED
    assert wait(third, timeout=30).status is SessionStatus.PASSED
    assert second not in ended()
