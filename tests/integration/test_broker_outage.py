"""A worker outlives its broker: it goes on when the broker is back, and so do the sessions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chaos.services import Broker
from fixtures.own_tools import request_of_scripts
from fixtures.stack import StartWorker
from fixtures.state import read_settings_anew
from fixtures.waiting import wait_until

from pipeline_mcp.db import migrate
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.sessions.follow import progress, wait
from pipeline_mcp.sessions.submit import submit


@pytest.fixture
def broker(
    state_dir: Path, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Broker]:
    """A broker of this test's own, which may be killed."""
    mine = Broker(state_dir)
    monkeypatch.setenv("PIPELINE_BROKER_URL", mine.url)
    monkeypatch.setenv("PIPELINE_DATABASE_URL", postgres_database)
    read_settings_anew()
    migrate.upgrade()
    mine.start()
    mine.wait()
    yield mine
    mine.stop()


def running(session_id: str) -> int:
    """How many of the session's units run at this moment."""
    return sum(tool.running for tool in progress(session_id).tools)


@pytest.mark.parametrize("is_remembering", [True, False])
def test_a_worker_survives_the_death_of_its_broker_with_tasks_in_hand(
    broker: Broker,
    one_file: Path,
    tmp_path: Path,
    start_worker: StartWorker,
    is_remembering: bool,
) -> None:
    gate = tmp_path / "gate"
    script = f"until [ -e '{gate}' ]; do sleep 0.05; done"
    worker = start_worker("one", "--concurrency", "2")
    # One slot stays free, so the worker is asking for more when the broker goes.
    session_id = submit(request_of_scripts(one_file, [script]))
    wait_until(lambda: running(session_id) == 1, message="the tool runs")
    broker.kill()
    if not is_remembering:
        broker.lose_everything()
    wait_until(lambda: "Cannot connect" in worker.log.read_text(), message="it notices")
    broker.start()
    broker.wait()
    gate.touch()
    status = wait(session_id, timeout=60).status
    assert status is SessionStatus.PASSED, worker.log.read_text()[-6000:]
    assert worker.process.poll() is None, worker.log.read_text()[-3000:]


def test_what_ends_while_the_broker_is_away_counts(
    broker: Broker, one_file: Path, tmp_path: Path, start_worker: StartWorker
) -> None:
    gate = tmp_path / "gate"
    script = f"until [ -e '{gate}' ]; do sleep 0.05; done"
    start_worker("one", "--concurrency", "1")
    session_id = submit(request_of_scripts(one_file, [script] * 3))
    wait_until(lambda: running(session_id) == 1, message="a tool runs")
    broker.kill()
    gate.touch()
    wait_until(lambda: done(session_id) == 1, message="its result is written down")
    broker.start()
    broker.wait()
    assert wait(session_id, timeout=100).status is SessionStatus.PASSED


def done(session_id: str) -> int:
    """How many of the session's units have ended."""
    return progress(session_id).session.units.done
