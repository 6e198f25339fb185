"""Services of somebody else's: checked first, and a worker of our own only where none lives."""

from __future__ import annotations

import pytest
from fixtures.stack_commands import Commands, running, the_one, wait_until_down
from fixtures.state import read_settings_anew

from pipeline_mcp.db import workers
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.db.migrate import upgrade
from pipeline_mcp.embedded.stack import connected
from pipeline_mcp.errors import ServiceError, SettingError


def set_url(patch: pytest.MonkeyPatch, name: str, url: str) -> None:
    patch.setenv(f"PIPELINE_{name}_URL", url)
    read_settings_anew()


def test_a_broker_without_workers_gets_one_as_long_as_it_is_needed(
    commands: Commands, redis_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_url(monkeypatch, "BROKER", redis_database)
    command = commands()
    command.supervisor()
    the_one("pipeline_mcp.embedded.worker")
    assert not running("valkey-server")
    exit_code, said = command.leave()
    assert exit_code == 0
    assert "no worker is alive; starting one" in said
    wait_until_down()


def test_a_live_worker_is_used(
    toy_app: str, redis_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_url(monkeypatch, "BROKER", redis_database)
    upgrade()
    with transaction() as connection:
        workers.heartbeat(connection, "far@away", ["lint"], 8)
    with connected(application=toy_app):
        assert not running("pipeline_mcp.embedded")


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "redis://user:hunter2@127.0.0.1:1/0"])
def test_a_broker_that_does_not_answer_is_named(
    state_dir: object, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    set_url(monkeypatch, "BROKER", url)
    with pytest.raises(ServiceError, match="PIPELINE_BROKER_URL") as caught:
        connected().__enter__()
    assert "hunter2" not in str(caught.value)


def test_a_url_of_no_broker_is_a_wrong_setting(
    state_dir: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_url(monkeypatch, "BROKER", "http://127.0.0.1/")
    with pytest.raises(SettingError, match="PIPELINE_BROKER_URL"):
        connected().__enter__()


@pytest.mark.parametrize("broker_is_embedded", [True, False])
def test_a_database_that_does_not_answer_is_named(
    state_dir: object,
    redis_database: str,
    monkeypatch: pytest.MonkeyPatch,
    broker_is_embedded: bool,
) -> None:
    if not broker_is_embedded:
        set_url(monkeypatch, "BROKER", redis_database)
    set_url(monkeypatch, "DATABASE", "postgresql://nobody:hunter2@127.0.0.1:1/none")
    with pytest.raises(ServiceError, match="PIPELINE_DATABASE_URL") as caught:
        connected().__enter__()
    assert "hunter2" not in str(caught.value)


def test_the_embedded_broker_works_with_postgres(
    commands: Commands, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_url(monkeypatch, "DATABASE", postgres_database)
    command = commands()
    command.supervisor()
    the_one("valkey-server")
    assert command.leave() == (0, "")
    wait_until_down()
