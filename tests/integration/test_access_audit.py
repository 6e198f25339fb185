"""The audit: who did what is found again, and goes when it is old."""

from __future__ import annotations

from typing import Any

import pytest
from fixtures.stack import Pipeline
from fixtures.state import read_settings_anew
from sqlalchemy import update

from pipeline_mcp.db import audit, clock
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.db.tables import audit as audit_table
from pipeline_mcp.domain.event import Action
from pipeline_mcp.sessions.audit import entries
from pipeline_mcp.sessions.retention import prune

pytestmark = pytest.mark.usefixtures("database")


def wrote(session_id: str, principal: str, *, days_ago: float = 0) -> None:
    with transaction() as connection:
        audit.record(connection, Action.CANCEL, session_id, principal=principal)
        connection.execute(
            update(audit_table)
            .where(audit_table.c.session_id == session_id)
            .values(created_at=clock.now() - days_ago * 86400)
        )


def seen(**chosen: Any) -> list[tuple[str | None, str]]:
    page, _ = entries(limit=10, **chosen)
    return [(entry.session_id, entry.principal) for entry in page]


def test_entries_are_found_by_session_and_by_principal() -> None:
    wrote("one", "anna")
    wrote("two", "bert")
    assert seen() == [("two", "bert"), ("one", "anna")]
    assert seen(session_id="one") == [("one", "anna")]
    assert seen(principal="bert") == [("two", "bert")]


def test_pages_follow_each_other_without_a_gap() -> None:
    for number in range(5):
        wrote(str(number), "anna")
    found, cursor = [], None
    while True:
        page, cursor = entries(limit=2, cursor=cursor)
        found += [entry.session_id for entry in page]
        if cursor is None:
            break
    assert found == ["4", "3", "2", "1", "0"]


def test_old_entries_go_and_young_ones_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINE_AUDIT_DAYS", "10")
    read_settings_anew()
    wrote("old", "anna", days_ago=11)
    wrote("young", "anna", days_ago=9)
    assert {one.kind: one.count for one in prune(dry_run=True)}["audit"] == 1
    assert {one.kind: one.count for one in prune()}["audit"] == 1
    assert seen() == [("young", "anna")]


def test_they_may_stay_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINE_AUDIT_DAYS", "0")
    read_settings_anew()
    wrote("old", "anna", days_ago=4000)
    prune()
    assert seen() == [("old", "anna")]


def test_the_command_shows_them(pipeline: Pipeline) -> None:
    wrote("one", "anna")
    told = pipeline("audit", "--session", "one", "--format", "json").json
    assert [(row["principal"], row["action"]) for row in told["entries"]] == [("anna", "cancel")]
