"""The ledger of units and sessions, on SQLite and on Postgres."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import admission, claims, clock, migrate, outbox, sessions, stages, units
from pipeline_mcp.db.engine import engine, reading, transaction
from pipeline_mcp.db.tables import unit as unit_table
from pipeline_mcp.domain.session import SessionRequest, SessionStatus, Stage
from pipeline_mcp.domain.unit import Outcome, Unit, UnitResult

SESSION = "pipeline-1-00000000"
UNIT = Unit("k" * 64, SESSION, 1, "ruff", 0, ("a.py", "b.py"))
OK = UnitResult(Outcome.OK, tool_version="1.0", cpu_seconds=0.5, wall_seconds=0.6)


@pytest.fixture(params=["sqlite", "postgresql"], autouse=True)
def database(
    request: pytest.FixtureRequest, state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A migrated database with one session of one unit."""
    if request.param == "postgresql":
        monkeypatch.setenv("PIPELINE_DATABASE_URL", request.getfixturevalue("postgres_database"))
        settings.cache_clear()
        engine.cache_clear()
    migrate.upgrade()
    with transaction() as connection:
        sessions.insert(connection, SESSION, SessionRequest("/w", "here"))
        outbox.wish(connection, SESSION)
        admission.admit(connection, most=1, most_per_principal=1)
        units.insert(connection, [UNIT])
    yield
    engine().dispose()


def claim(owner: str = "me", lease_seconds: float = 60.0) -> claims.Claim | None:
    with transaction() as connection:
        return claims.claim(connection, SESSION, UNIT.key, owner=owner, lease_seconds=lease_seconds)


def let_the_lease_run_out() -> None:
    with transaction() as connection:
        connection.execute(update(unit_table).values(lease_until=clock.now() - 1))


def test_a_claimed_unit_cannot_be_claimed_again_while_its_lease_lives() -> None:
    first = claim()
    assert first is not None
    assert (first.unit, first.attempt) == (UNIT, 1)
    assert claim("somebody else") is None


def test_only_one_of_many_simultaneous_claims_wins() -> None:
    won: list[claims.Claim | None] = []
    threads = [threading.Thread(target=lambda: won.append(claim())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([each for each in won if each is not None]) == 1


def test_an_expired_lease_passes_the_unit_on_and_fences_the_first_owner_off() -> None:
    first = claim()
    let_the_lease_run_out()
    second = claim("somebody else")
    assert first is not None
    assert second is not None
    assert second.attempt == 2
    with transaction() as connection:
        assert claims.is_lost(connection, first)
        assert not claims.extend(connection, first, lease_seconds=60)
        assert not claims.complete(connection, first, OK, findings=0)
        assert claims.complete(connection, second, OK, findings=0)


def test_a_done_unit_stays_done() -> None:
    mine = claim()
    assert mine is not None
    with transaction() as connection:
        assert claims.complete(connection, mine, OK, findings=3)
        assert not claims.complete(connection, mine, OK, findings=4)
        assert units.get(connection, SESSION, UNIT.key)["findings"] == 3
    let_the_lease_run_out()
    assert claim() is None


def test_extending_keeps_the_lease_alive() -> None:
    mine = claim(lease_seconds=0.0)
    assert mine is not None
    with transaction() as connection:
        assert claims.extend(connection, mine, lease_seconds=60)
    assert claim("somebody else") is None


def test_a_cancelled_session_starts_nothing_and_stops_what_runs() -> None:
    mine = claim()
    assert mine is not None
    with transaction() as connection:
        assert sessions.cancel(connection, SESSION)
        assert claims.is_lost(connection, mine)
        assert not claims.extend(connection, mine, lease_seconds=60)
    let_the_lease_run_out()
    assert claim() is None


def test_a_claim_waits_for_the_outcome_of_a_cancellation_under_way() -> None:
    won: list[claims.Claim | None] = []
    claiming = threading.Thread(target=lambda: won.append(claim()))
    with transaction() as connection:
        assert sessions.cancel(connection, SESSION)
        claiming.start()
        claiming.join(0.5)
        assert won == []
    claiming.join()
    assert won == [None]


def test_the_end_of_a_unit_waits_for_the_outcome_of_a_cancellation_under_way() -> None:
    mine = claim()
    assert mine is not None
    written: list[bool] = []

    def complete() -> None:
        with transaction() as connection:
            written.append(claims.complete(connection, mine, OK, findings=0))

    completing = threading.Thread(target=complete)
    with transaction() as connection:
        assert sessions.cancel(connection, SESSION)
        completing.start()
        completing.join(0.5)
        assert written == []
    completing.join()
    assert written == [False]


def test_many_who_expire_claim_and_complete_at_once_do_not_block_each_other_for_ever() -> None:
    def live() -> None:
        for _ in range(20):
            mine = claim(lease_seconds=-1.0)
            with transaction() as connection:
                claims.expire(connection, max_attempts=1_000)
            if mine is not None:
                with transaction() as connection:
                    claims.release(connection, mine)

    threads = [threading.Thread(target=live) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize("end", [SessionStatus.CANCELLED, SessionStatus.INCOMPLETE])
def test_nothing_is_written_into_a_session_that_has_ended(end: SessionStatus) -> None:
    mine = claim()
    assert mine is not None
    with transaction() as connection:
        assert sessions.finish(connection, SESSION, end)
        assert claims.is_lost(connection, mine)
        assert not claims.extend(connection, mine, lease_seconds=60)
        assert not claims.complete(connection, mine, OK, findings=1)
    let_the_lease_run_out()
    with transaction() as connection:
        assert claims.expire(connection, max_attempts=1) == []
        assert units.get(connection, SESSION, UNIT.key)["outcome"] is None


def test_a_final_status_never_changes() -> None:
    with transaction() as connection:
        assert sessions.finish(connection, SESSION, SessionStatus.FAILED)
        assert not sessions.finish(connection, SESSION, SessionStatus.PASSED)
        assert not sessions.cancel(connection, SESSION)
        assert not sessions.advance(connection, SESSION, Stage.SCAN)
        assert sessions.view(connection, SESSION).status is SessionStatus.FAILED


def test_a_stage_is_begun_once_and_closed_once() -> None:
    with transaction() as connection:
        assert stages.begin(connection, SESSION, Stage.SCAN, expected=1)
        assert not stages.begin(connection, SESSION, Stage.SCAN, expected=9)
        assert stages.close(connection, SESSION, Stage.SCAN)
        assert not stages.close(connection, SESSION, Stage.SCAN)


def test_writing_the_units_of_a_plan_again_changes_nothing() -> None:
    claim()
    with transaction() as connection:
        units.insert(connection, [UNIT])
        assert units.get(connection, SESSION, UNIT.key)["attempt"] == 1


def test_a_session_that_was_never_sent_is_forsaken_and_one_with_a_live_unit_is_not() -> None:
    with transaction() as connection:
        connection.exec_driver_sql("UPDATE session SET updated_at = updated_at - 1000")
        assert outbox.forsaken(connection, lease_seconds=30) == [(SESSION, 0)]
    claim()
    with reading() as connection:
        assert outbox.forsaken(connection, lease_seconds=30) == []


def test_every_send_doubles_the_patience() -> None:
    with transaction() as connection:
        connection.exec_driver_sql("UPDATE session SET updated_at = updated_at - 100")
        for _ in range(2):
            outbox.mark_sent(connection, SESSION)
        assert outbox.forsaken(connection, lease_seconds=30) == [(SESSION, 2)]
        outbox.mark_sent(connection, SESSION)
        assert outbox.forsaken(connection, lease_seconds=30) == []
