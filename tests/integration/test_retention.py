"""What expires and what stays, on SQLite and on Postgres, with both stores of blobs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from fixtures.stack import Pipeline
from fixtures.state import read_settings_anew
from sqlalchemy import func, select, update

from pipeline_mcp.db import (
    clock,
    events,
    findings,
    manifests,
    outbox,
    results,
    sessions,
    tasks,
    units,
)
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.db.tables import metadata, result_cache
from pipeline_mcp.db.tables import session as session_table
from pipeline_mcp.domain.event import EventKind
from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.domain.session import SessionRequest, SessionStatus, Stage
from pipeline_mcp.domain.snapshot import ManifestRow, Snapshot, make_snapshot
from pipeline_mcp.domain.task import Call, Holder, TaskStatus
from pipeline_mcp.domain.unit import Unit
from pipeline_mcp.sessions.retention import prune, prune_if_due

pytestmark = pytest.mark.usefixtures("database")

DAY = 24 * 3600
FINDING = Finding("ruff", "F401", Severity.WARNING, "unused", "a.py", 1, 1, 1, 2, True)

CALL = Call("version_keeper_scan", {})

Configure = Callable[..., None]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Configure:
    def change(**values: object) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"PIPELINE_{name.upper()}", str(value))
        read_settings_anew()

    return change


def a_session(name: str, *, days_ago: float | None, snapshot: Snapshot | None = None) -> str:
    """A session with a row in every table; it ended so long ago, or not yet."""
    session_id = f"pipeline-1-{name}"
    unit = Unit("k" * 64, session_id, 1, "ruff", 0, ("a.py",))
    with transaction() as connection:
        sessions.insert(connection, session_id, SessionRequest("/w", "here"))
        outbox.wish(connection, session_id)
        units.insert(connection, [unit])
        findings.insert(connection, unit, [FINDING] * 3)
        events.record(connection, session_id, EventKind.ACCEPTED)
        tasks.insert(connection, name, CALL, principal="local", session_id=session_id)
        if snapshot is not None:
            manifests.save(connection, snapshot)
            sessions.advance(connection, session_id, Stage.PLAN, snapshot_id=snapshot.id)
        if days_ago is not None:
            sessions.finish(connection, session_id, SessionStatus.FAILED)
        then = clock.now() - (days_ago or 1000) * DAY
        values = {"updated_at": then} | ({"finished_at": then} if days_ago is not None else {})
        connection.execute(
            update(session_table).where(session_table.c.id == session_id).values(**values)
        )
    return session_id


def counts() -> dict[str, int]:
    """How many rows each table has; tables without any are left out."""
    with reading() as connection:
        rows = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }
    return {name: count for name, count in rows.items() if count}


def removed(*, dry_run: bool = False) -> dict[str, int]:
    return {one.kind: one.count for one in prune(dry_run=dry_run) if one.count}


def test_a_session_expires_with_all_of_its_rows() -> None:
    a_session("00000000", days_ago=31)
    assert removed() == {"sessions": 1}
    assert counts() == {}


def test_what_is_younger_or_not_over_stays_as_it_is() -> None:
    a_session("00000000", days_ago=29)
    a_session("11111111", days_ago=None)
    before = counts()
    assert before["finding"] == 6
    assert removed() == {}
    assert counts() == before


def test_no_retention_keeps_sessions_for_ever(configure: Configure) -> None:
    configure(retention_days=0)
    a_session("00000000", days_ago=10_000)
    assert removed() == {}


def test_a_session_of_very_many_findings_goes_in_parts() -> None:
    session_id = a_session("00000000", days_ago=31)
    unit = Unit("k" * 64, session_id, 1, "ruff", 0, ("a.py",))
    with transaction() as connection:
        findings.insert(connection, unit, [FINDING] * 12_000)
    assert removed() == {"sessions": 1}
    assert counts() == {}


def remember(key: str, *, days_ago: float, findings: Sequence[Finding] = (FINDING,)) -> None:
    with transaction() as connection:
        results.store(connection, "ruff", {key: findings})
        connection.execute(
            update(result_cache)
            .where(result_cache.c.key == key)
            .values(created_at=clock.now() - days_ago * DAY)
        )


def remembered() -> set[str]:
    with reading() as connection:
        return set(connection.scalars(select(result_cache.c.key)))


def look_up(*keys: str) -> tuple[str, ...]:
    """As a plan does: asks, and later refreshes what is aging."""
    with reading() as connection:
        known = results.lookup(connection, keys)
    with transaction() as connection:
        results.refresh(connection, known.aging)
    return known.aging


def test_results_go_that_are_of_no_use_any_more() -> None:
    for key in ("old", "used"):
        remember(key, days_ago=100)
    remember("young", days_ago=10)
    look_up("used")
    assert removed() == {"results": 1}
    assert remembered() == {"used", "young"}


def test_to_use_a_result_is_noted_once_a_day() -> None:
    remember("old", days_ago=100)
    remember("new", days_ago=0)
    assert look_up("old", "new", "unknown") == ("old",)
    assert look_up("old", "new", "unknown") == ()


def test_results_are_kept_for_ever_if_that_is_wished(configure: Configure) -> None:
    configure(cache_days=0)
    remember("old", days_ago=10_000)
    assert removed() == {}


def test_the_longest_unused_results_go_where_there_is_no_room(configure: Configure) -> None:
    configure(cache_megabytes=1)
    large = replace(FINDING, message="x" * 400_000)
    for days in range(4):
        remember(f"{days} days", days_ago=days + 3, findings=[large])
    look_up("3 days")
    expected = prune(dry_run=True)
    assert prune() == expected
    assert remembered() == {"3 days", "0 days"}


@pytest.mark.parametrize(
    ("days_ago", "status", "silent_for", "goes"),
    [
        (31, TaskStatus.COMPLETED, 0, True),
        (31, TaskStatus.INPUT_REQUIRED, 0, True),
        (31, TaskStatus.WORKING, 60, True),
        (31, TaskStatus.WORKING, -60, False),
        (29, TaskStatus.COMPLETED, 0, False),
    ],
)
def test_the_task_of_a_call_goes_when_nobody_has_cared_for_it_for_so_long(
    days_ago: float, status: TaskStatus, silent_for: float, goes: bool
) -> None:
    with transaction() as connection:
        tasks.insert(connection, "task-1", CALL, principal="local", holder=Holder("here", 30))
        changed = {"status": status, "lease_until": clock.now() - silent_for}
        then = clock.now() - days_ago * DAY
        connection.execute(update(metadata.tables["task"]).values(updated_at=then, **changed))
    assert removed(dry_run=True) == removed() == ({"tasks": 1} if goes else {})
    assert ("task" in counts()) is not goes


def test_a_dry_run_says_what_then_goes_and_removes_nothing() -> None:
    old = make_snapshot([ManifestRow("a.py", 0o644, hashlib.sha256(b"").hexdigest(), 0)])
    a_session("00000000", days_ago=31, snapshot=old)
    with transaction() as connection:
        for name in ("manifest", "blob"):
            connection.execute(
                update(metadata.tables[name]).values(created_at=clock.now() - 2 * DAY)
            )
    remember("old", days_ago=100)
    before = counts()
    said = prune(dry_run=True)
    assert counts() == before
    assert {one.kind: one.count for one in said} == {
        "sessions": 1,
        "tasks": 0,
        "results": 1,
        "manifests": 1,
        "blobs": 0,
        "audit": 0,
    }
    assert all(one.bytes for one in said if one.count)
    assert prune() == said
    assert counts() == {}


def test_one_process_has_the_turn() -> None:
    a_session("00000000", days_ago=31)
    assert prune_if_due()
    a_session("00000000", days_ago=31)
    assert prune_if_due() == ()
    assert counts()["session"] == 1
    with transaction() as connection:
        connection.execute(update(metadata.tables["lock"]).values(until=clock.now() - 1))
    assert prune_if_due()
    assert counts().keys() == {"lock"}


def test_the_command_says_it(pipeline: Pipeline) -> None:
    a_session("00000000", days_ago=31)
    answer = pipeline("db", "prune", "--dry-run", "--format", "json")
    assert answer.json["dry_run"] is True
    assert answer.json["removed"]["sessions"]["count"] == 1
    assert counts()["session"] == 1
    answer = pipeline("db", "prune")
    assert answer.exit_code == 0
    assert "removed." in answer.stdout
    assert "session" not in counts()
