"""The reconciler continues whatever nobody continues, from the rows alone, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from fixtures import ledger
from fixtures.ledger import Network
from sqlalchemy import select, text

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import claims
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.db.tables import audit, event
from pipeline_mcp.domain.session import SessionRequest, SessionStatus
from pipeline_mcp.domain.unit import Outcome, UnitResult
from pipeline_mcp.scanning.close import close_scan
from pipeline_mcp.sessions.cancel import cancel
from pipeline_mcp.sessions.follow import standing, view
from pipeline_mcp.sessions.reconcile import Reconciled, reconcile
from pipeline_mcp.sessions.recover import recover
from pipeline_mcp.sessions.submit import submit

OK = UnitResult(Outcome.OK, tool_version="1.0")


@pytest.fixture
def network(database: str) -> Iterator[Network]:
    """What would be the broker; the ledger is empty."""
    made = Network()
    with ledger.connected_to(lambda: made):
        ledger.empty()
        yield made


def begin(units: int) -> tuple[str, list[str]]:
    """A session whose scan has so many units; gives their keys."""
    session_id = submit(SessionRequest("/w", "here"))
    ledger.take_snapshot(session_id)
    return session_id, ledger.plan(session_id, units)


def happened(session_id: str) -> list[str]:
    with reading() as connection:
        kinds = select(event.c.kind).where(event.c.session_id == session_id).order_by(event.c.id)
        return list(connection.scalars(kinds))


def test_with_nothing_to_do_nothing_is_done(network: Network) -> None:
    assert reconcile().is_nothing
    session_id, _ = begin(1)
    assert reconcile().is_nothing
    cancel(session_id)
    ledger.let_time_pass()
    assert reconcile().is_nothing


def test_a_session_that_the_broker_did_not_get_is_sent_when_it_is_back(network: Network) -> None:
    network.is_away = True
    session_id = submit(SessionRequest("/w", "here"))
    assert view(session_id).status is SessionStatus.QUEUED
    ledger.let_time_pass()
    assert reconcile().is_nothing
    network.is_away = False
    ledger.let_time_pass()
    assert reconcile() == Reconciled(sent=1)
    assert network.messages == [("pipeline", session_id)]
    assert happened(session_id) == ["accepted", "admitted", "sent"]


def test_a_unit_whose_owner_is_gone_is_sent_again_by_itself(network: Network) -> None:
    session_id, keys = begin(2)
    for key in keys:
        ledger.claim(session_id, key)
    ledger.let_leases_run_out(session_id, keys[0])
    network.messages.clear()
    assert reconcile() == Reconciled(expired=1)
    assert network.messages == [("unit", session_id, keys[0])]
    assert [lease.attempt for lease in standing(session_id).leases] == [1]
    assert happened(session_id)[-1] == "unit_expired"


def test_a_unit_that_ends_its_workers_is_given_up_and_the_session_is_incomplete(
    network: Network,
) -> None:
    session_id, [key] = begin(1)
    for _ in range(settings().max_attempts):
        assert ledger.claim(session_id, key)
        ledger.let_leases_run_out()
        ledger.let_time_pass()
        done = reconcile()
    assert done.poisoned == 1
    ledger.let_time_pass()
    reconcile()
    assert view(session_id).status is SessionStatus.INCOMPLETE
    assert "unit_poisoned" in happened(session_id)


def test_a_slow_owner_keeps_the_unit_if_nobody_else_has_taken_it(network: Network) -> None:
    session_id, [key] = begin(1)
    slow = ledger.claim(session_id, key)
    assert slow is not None
    ledger.let_leases_run_out()
    reconcile()
    with transaction() as connection:
        assert claims.extend(connection, slow, lease_seconds=60)
    assert ledger.claim(session_id, key) is None
    ledger.let_leases_run_out()
    reconcile()
    assert ledger.complete(slow, OK, found=2)


def test_a_scan_whose_chord_was_lost_is_closed_and_judged(network: Network) -> None:
    session_id, keys = begin(2)
    for key in keys:
        mine = ledger.claim(session_id, key)
        assert mine is not None
        ledger.complete(mine, OK)
    assert reconcile().is_nothing  # whoever ended the last unit may be about to do it
    ledger.let_time_pass()
    assert reconcile() == Reconciled(closed=1)
    assert view(session_id).status is SessionStatus.PASSED


def test_a_session_that_was_closed_and_never_judged_is_judged(network: Network) -> None:
    session_id, _ = begin(0)
    assert close_scan(session_id)
    ledger.let_time_pass()
    assert reconcile() == Reconciled(finished=1)
    assert view(session_id).status is SessionStatus.PASSED


def test_a_session_that_cannot_be_judged_ends_with_the_reason_and_hinders_no_other(
    network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    broken, fine = begin(0)[0], begin(0)[0]
    with transaction() as connection:
        damaged = text("UPDATE session SET request = '[]' WHERE id = :id")
        connection.execute(damaged, {"id": broken})
    ledger.let_time_pass()
    reconcile()
    assert view(fine).status is SessionStatus.PASSED
    with reading() as connection:
        row = connection.execute(text("SELECT id, status, error FROM session")).all()
    assert {(each.id, each.status) for each in row} == {(broken, "incomplete"), (fine, "passed")}
    assert any("the reconciler failed" in (each.error or "") for each in row)


def test_a_silent_session_is_sent_again_and_then_waited_for_longer(network: Network) -> None:
    session_id, _ = begin(1)
    network.messages.clear()
    ledger.let_time_pass()
    assert reconcile() == Reconciled(sent_again=1)
    assert reconcile().is_nothing
    assert network.messages == [("pipeline", session_id)]
    assert happened(session_id)[-2:] == ["recovered", "sent"]


def test_many_reconcilers_at_once_send_each_session_once(network: Network) -> None:
    network.is_away = True
    accepted = [submit(SessionRequest("/w", "here")) for _ in range(10)]
    ledger.let_time_pass()
    network.is_away = False
    with ThreadPoolExecutor(4) as pool:
        done = [each.result() for each in [pool.submit(reconcile) for _ in range(8)]]
    assert sum(each.sent for each in done) == len(accepted)
    assert sorted(network.messages) == sorted(("pipeline", each) for each in accepted)


def test_what_people_ask_for_is_audited(network: Network) -> None:
    session_id = submit(SessionRequest("/w", "here"), principal="alice")
    assert recover(session_id, principal="bob") == [session_id]
    cancel(session_id, principal="carol")
    cancel(session_id, principal="dave")  # too late: it has no effect
    with reading() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.id)).all()
    assert [(row.principal, row.action, row.session_id) for row in rows] == [
        ("alice", "submit", session_id),
        ("bob", "recover", session_id),
        ("carol", "cancel", session_id),
    ]


def test_the_history_tells_a_whole_life(network: Network) -> None:
    session_id, [key] = begin(1)
    mine = ledger.claim(session_id, key)
    assert mine is not None
    ledger.complete(mine, OK)
    ledger.let_time_pass()
    reconcile()
    assert happened(session_id) == [
        *("accepted", "admitted", "sent", "stage_begun", "stage_closed", "stage_begun"),
        *("unit_claimed", "stage_closed", "stage_begun", "stage_closed", "finished"),
    ]
