"""The health is measured: each part is really taken away, and the answer says so, and soon."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from chaos.services import Broker, Database
from fixtures.stack import Pipeline, StartWorker
from fixtures.state import read_settings_anew

from pipeline_mcp.broker import application
from pipeline_mcp.canvas import lint
from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import sessions, workers
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.domain.session import SessionRequest
from pipeline_mcp.monitoring.export import ExportPathError, export
from pipeline_mcp.monitoring.health import COMPREHENSIVE, Health, check

# The longest that an agent waits, whatever is broken.
_MOST_SECONDS = 2.5


def _checked() -> tuple[Health, dict[str, dict[str, Any]]]:
    began = time.monotonic()
    health = check(COMPREHENSIVE)
    assert time.monotonic() - began < _MOST_SECONDS
    return health, {each["name"]: each for each in health.document()["checks"]}


def test_all_is_well_with_a_broker_a_database_and_a_worker(
    external_services: None, start_worker: StartWorker
) -> None:
    worker = start_worker("one", "--concurrency", "3")
    health, found = _checked()
    assert {name: each["status"] for name, each in found.items()} == dict.fromkeys(found, "ok")
    [facts] = found["workers"]["facts"]["workers"]
    assert (facts["name"], facts["answers"], facts["concurrency"]) == (worker.name, True, 3)
    assert found["broker"]["facts"]["round_trip_seconds"] > 0
    assert found["database"]["facts"]["write_seconds"] > 0
    assert found["model"]["detail"] == "no model installed"
    assert health.state == "ok"


def test_a_frozen_worker_is_degraded_and_a_stopped_one_has_failed(
    external_services: None, start_worker: StartWorker
) -> None:
    worker = start_worker("one")
    os.kill(worker.process.pid, signal.SIGSTOP)
    try:
        _, found = _checked()
    finally:
        os.kill(worker.process.pid, signal.SIGCONT)
    assert found["workers"]["status"] == "degraded"
    assert worker.name in found["workers"]["detail"]
    worker.stop()
    _, found = _checked()
    assert found["workers"]["status"] == "failed"
    assert "none alive" in found["workers"]["detail"]


def test_a_queue_that_nobody_listens_to_is_named(
    external_services: None, start_worker: StartWorker
) -> None:
    start_worker("one", "--queues", "lint,maintenance")
    _, found = _checked()
    assert found["workers"]["status"] == "degraded"
    assert found["workers"]["facts"]["queues_without_worker"] == ["workspace", "fix"]


def test_a_killed_broker_has_failed_and_its_password_is_not_told(own_broker: Broker) -> None:
    assert _checked()[1]["broker"]["status"] == "ok"
    own_broker.kill()
    health, found = _checked()
    assert health.state == "failed"
    assert found["broker"]["status"] == found["queues"]["status"] == "failed"
    assert found["database"]["status"] == "ok"
    password = own_broker.url.partition("@")[0].rpartition(":")[2]
    assert password not in json.dumps(health.document())


def test_a_broker_that_hangs_does_not_hold_up_the_answer(own_broker: Broker) -> None:
    own_broker.freeze()
    try:
        _, found = _checked()
    finally:
        own_broker.thaw()
    assert found["broker"]["status"] == "failed"


def test_a_stopped_database_has_failed(own_database: Database) -> None:
    assert _checked()[1]["database"]["status"] == "ok"
    own_database.stop_immediately()
    _, found = _checked()
    assert found["database"]["status"] == found["sessions"]["status"] == "failed"
    assert found["broker"]["status"] == "ok"


def test_messages_are_counted_by_queue_and_priority(
    external_services: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for priority in (0, 3, 3):
        lint(application(), "ruff", "nobody", "key", priority).apply_async()
    _, found = _checked()
    assert found["queues"]["facts"]["depth"]["lint"] == 3
    assert found["queues"]["facts"]["by_priority"] == {"lint": {"0": 1, "3": 2}}
    monkeypatch.setenv("PIPELINE_HEALTH__QUEUE_DEPTH", "2")
    read_settings_anew()
    assert _checked()[1]["queues"]["status"] == "degraded"


def test_a_session_without_a_sign_of_life_is_stuck(database: str) -> None:
    with transaction() as connection:
        for number in (1, 2):
            sessions.insert(connection, f"pipeline-1-0000000{number}", SessionRequest("/w", "here"))
        connection.exec_driver_sql(
            "UPDATE session SET admitted_at = 1, updated_at = 1 WHERE id = 'pipeline-1-00000001'"
        )
        workers.heartbeat(connection, "one@here", ["lint"], 2)
    _, found = _checked()
    counts = {name: found["sessions"]["facts"][name] for name in ("waiting", "queued", "stuck")}
    assert counts == {"waiting": 1, "queued": 1, "stuck": 1}
    assert found["sessions"]["status"] == "degraded"


def test_too_little_room_degrades_and_then_fails(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, status in (("FREE_MEGABYTES", "degraded"), ("LEAST_MEGABYTES", "failed")):
        monkeypatch.setenv(f"PIPELINE_HEALTH__{name}", str(10**9))
        read_settings_anew()
        assert _checked()[1]["state_directory"]["status"] == status


def test_nothing_is_made_by_looking(state_dir: Path) -> None:
    _, found = _checked()
    assert found["database"]["status"] == found["workers"]["status"] == "failed"
    assert list(state_dir.iterdir()) == []


@pytest.mark.parametrize(
    "path",
    ["../health.json", "/etc/cron.d/health.prom", "health.txt", "sub/../../x.json", "link/x.json"],
)
def test_an_export_stays_in_its_directory(state_dir: Path, tmp_path: Path, path: str) -> None:
    (state_dir / "exports").mkdir()
    (state_dir / "exports" / "link").symlink_to(tmp_path)
    with pytest.raises(ExportPathError, match="export_path"):
        export(check({}), path)
    assert list(tmp_path.iterdir()) == []


def test_the_command_measures_and_exports(pipeline: Pipeline, state_dir: Path) -> None:
    answer = pipeline("health", "--all", "--format", "json", "--export", "now.prom")
    assert answer.exit_code == 2
    assert answer.json["status"] == "failed"
    lines = (settings().state_dir / "exports" / "now.prom").read_text().splitlines()
    assert "pipeline_health 0" in lines
    assert 'pipeline_health_check{check="broker"} 0' in lines
