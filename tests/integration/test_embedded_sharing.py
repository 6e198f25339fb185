"""The embedded stack: booted by the first command, shared, and gone after the last."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery import Celery
from fixtures.processes import working_in
from fixtures.stack_commands import (
    Commands,
    broker_answers,
    running,
    the_one,
    wait_until_down,
)
from fixtures.waiting import wait_until
from sqlalchemy import insert, update

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import clock
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.db.migrate import HEAD, current, upgrade
from pipeline_mcp.db.tables import session
from pipeline_mcp.embedded.plan import read_running
from pipeline_mcp.embedded.planning import home_of
from pipeline_mcp.embedded.stack import connected, status


def test_inside_the_broker_answers_the_database_is_current_and_tasks_run(
    toy_app: str, state_dir: Path
) -> None:
    sign = state_dir / "sign"
    with connected(application=toy_app):
        assert broker_answers()
        assert current() == HEAD
        with Celery("client", config_source="celeryconfig", set_as_current=False) as app:
            app.send_task("toy.touch", [str(sign)])
            wait_until(sign.exists, message="the task has run")
    wait_until_down()


def test_a_second_command_shares_the_stack_and_keeps_it_after_the_first(
    commands: Commands,
) -> None:
    first, second = commands(), commands()
    assert first.supervisor() == second.supervisor()
    first.leave()
    the_one("pipeline_mcp.embedded.worker")
    assert broker_answers()
    second.leave()
    wait_until_down()


def test_commands_that_start_at_the_same_moment_end_with_one_supervisor(
    commands: Commands,
) -> None:
    everyone = [commands() for _ in range(5)]
    assert len({each.supervisor() for each in everyone}) == 1
    assert len(running("pipeline_mcp.embedded.supervisor")) == 1
    assert len(running("valkey-server")) == 1
    for each in everyone:
        assert each.leave()[0] == 0
    wait_until_down()


def test_a_command_right_after_the_last_one_finds_the_stack_warm(toy_app: str) -> None:
    with connected(application=toy_app):
        pid = status().pid
    with connected(application=toy_app):
        assert status().pid == pid


def test_a_command_that_comes_while_the_stack_stops_gets_a_fresh_one(commands: Commands) -> None:
    first = commands()
    before = first.supervisor()
    first.leave()
    # It has begun to stop once its worker is gone.
    wait_until(lambda: not running("pipeline_mcp.embedded.worker"))
    second = commands()
    assert second.supervisor() != before
    assert broker_answers()
    assert second.leave() == (0, "")


def test_another_number_of_workers_is_ignored_and_said(commands: Commands) -> None:
    first = commands(workers=3)
    first.supervisor()
    assert status().workers == 3
    second = commands(workers=2)
    second.supervisor()
    assert "already runs with 3 workers; --workers 2 is ignored" in second.leave()[1]


def test_a_stack_with_another_database_is_not_mixed_in(
    commands: Commands, state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = commands()
    first.supervisor()
    monkeypatch.setenv("PIPELINE_DATABASE_URL", f"sqlite:///{state_dir / 'other.db'}")
    exit_code, said = commands().leave()
    assert exit_code == 2
    assert "PIPELINE_DATABASE_URL" in said


def test_a_detached_session_keeps_the_stack_until_it_has_ended(commands: Commands) -> None:
    upgrade()
    with transaction() as connection:
        values = {"id": "one", "workspace": "/w", "node": "n", "request": {}, "stage": "scan"}
        connection.execute(
            insert(session).values(
                **values,
                status="running",
                attached=False,
                created_at=clock.now(),
                updated_at=clock.now(),
            )
        )
    command = commands()
    supervisor = command.supervisor()
    command.leave()
    # Its own log proves that it looked, without our waiting a fixed time.
    wait_until(
        lambda: "detached session goes on" in home_of(settings()).log("supervisor").read_text()
    )
    running_now = read_running(home_of(settings()))
    assert running_now is not None and running_now.pid == supervisor
    assert broker_answers()
    with transaction() as connection:
        connection.execute(update(session).values(status="passed"))
    wait_until_down()


def test_the_stack_ends_when_its_state_directory_is_removed(
    commands: Commands, state_dir: Path
) -> None:
    command = commands()
    command.supervisor()
    home = home_of(settings())
    home.supervisor.unlink()
    wait_until(
        lambda: not [each for each in working_in(state_dir) if each.pid != command.process.pid],
        message="the supervisor has noticed",
    )
    command.process.kill()
