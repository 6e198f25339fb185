"""`up` keeps the stack, `down` lets it go, `doctor` says how things are."""

from __future__ import annotations

import pytest
from fixtures.stack import Pipeline
from fixtures.stack_commands import Commands, broker_answers, running, the_one, wait_until_down
from fixtures.waiting import wait_until

from pipeline_mcp.config.settings import settings
from pipeline_mcp.embedded import locks
from pipeline_mcp.embedded.planning import home_of
from pipeline_mcp.embedded.stack import status


def test_up_keeps_the_stack_until_down(pipeline: Pipeline) -> None:
    started = pipeline("up", "--workers", "3", "--format", "json")
    try:
        assert started.exit_code == 0
        assert (started.json["is_running"], started.json["workers"]) == (True, 3)
        assert started.json["pid"] == the_one("pipeline_mcp.embedded.supervisor")
        again = pipeline("up", "--format", "json")
        assert again.json["pid"] == started.json["pid"]
        assert broker_answers()
    finally:
        stopped = pipeline("down", "--format", "json")
    assert stopped.exit_code == 0
    assert stopped.json["is_running"] is False
    assert not locks.is_held_alone(home_of(settings()).supervisor)
    wait_until_down()


def test_down_without_a_stack_is_fine(pipeline: Pipeline) -> None:
    answer = pipeline("down")
    assert (answer.exit_code, answer.stdout) == (0, "The stack is down.\n")


def test_down_leaves_a_stack_in_use_to_its_last_command(
    pipeline: Pipeline, commands: Commands
) -> None:
    command = commands()
    supervisor = command.supervisor()
    home_of(settings()).keep.touch()
    answer = pipeline("down")
    assert answer.exit_code == 0
    assert "stops with the last command" in answer.stdout
    assert status().pid == supervisor
    command.leave()
    wait_until_down()


def test_doctor_says_that_a_run_works(pipeline: Pipeline) -> None:
    answer = pipeline("doctor", "--format", "json")
    assert answer.exit_code == 0
    checks = {check["name"]: check for check in answer.json["checks"]}
    assert answer.json["works"] is True
    assert checks["Python"]["state"] == "ok"
    assert "starts and answers" in checks["broker"]["detail"]
    assert checks["ruff"]["state"] == "ok"
    assert not running("valkey-server")


def test_doctor_names_what_keeps_a_run_from_working(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_BROKER_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("PIPELINE_DATABASE_URL", "postgresql://nobody:hunter2@127.0.0.1:1/none")
    answer = pipeline("doctor")
    assert answer.exit_code == 2
    assert "PIPELINE_BROKER_URL" in answer.stdout
    assert "PIPELINE_DATABASE_URL" in answer.stdout
    assert "hunter2" not in answer.stdout
    assert "✗" in answer.stdout


def test_doctor_sees_the_stack_that_runs(pipeline: Pipeline, commands: Commands) -> None:
    commands(application="tasks").supervisor()
    wait_until(lambda: "1 alive" in pipeline("doctor").stdout, message="its worker is seen")
    assert "embedded Valkey answers" in pipeline("doctor").stdout
