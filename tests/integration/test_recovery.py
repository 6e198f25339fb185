"""Whatever is killed or lost, a session ends as it would have ended undisturbed.

Real workers on a real Redis and a real Postgres run tools that wait for a gate, so that the blow
falls in mid-unit. Each session has three units of one finding each.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from chaos.services import Broker, Database
from fixtures.stack import StartWorker, Worker
from fixtures.state import read_settings_anew
from fixtures.waiting import wait_until

from pipeline_mcp.config.settings import settings
from pipeline_mcp.config.tool_settings import CustomTool
from pipeline_mcp.db import sessions
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.domain.session import SessionRequest, SessionStatus, SessionView
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.sessions.follow import standing, view, wait
from pipeline_mcp.sessions.report import report
from pipeline_mcp.sessions.submit import submit
from pipeline_mcp.tools.custom import definition_of

SETTINGS = {
    "PIPELINE_LEASE_SECONDS": "2",
    "PIPELINE_RECONCILE_SECONDS": "0.3",
    "PIPELINE_HEARTBEAT_SECONDS": "0.5",
    "PIPELINE_MAX_ATTEMPTS": "2",
    "PIPELINE_CONCURRENCY": "3",
}
TOOLS = ("one", "three", "two")
FAST_START = ("--without-mingle", "--without-gossip")

pytestmark = pytest.mark.usefixtures("external_services")


@pytest.fixture(autouse=True)
def short_leases(external_services: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings under which a lost worker is noticed soon."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    read_settings_anew()


@dataclass(frozen=True)
class Gate:
    """The tools say in `begun` that they run, and wait until `opened` is there."""

    workspace: Path
    begun: Path
    opened: Path

    def open(self) -> None:
        """Let all tools end."""
        self.opened.touch()

    def wait_for(self, count: int) -> None:
        """Wait until tools have been begun so often."""
        wait_until(lambda: self.times_begun() >= count, message=f"{count} tools are at work")

    def times_begun(self) -> int:
        """How often a tool was begun, all together."""
        return len(self.begun.read_text().split())


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "a.txt").write_text("a\n")
    made = Gate(workspace, tmp_path / "begun", tmp_path / "opened")
    made.begun.touch()
    yield made
    made.open()


def accept(gate: Gate, *, tools: Sequence[str] = TOOLS, script: str = "") -> str:
    """Submit a session of the gate's tools; `script` is what they do when they begin."""
    begun, opened = shlex.quote(str(gate.begun)), shlex.quote(str(gate.opened))
    waiting = f"echo $$ >> {begun}; {script}\nwhile [ ! -e {opened} ]; do sleep 0.05; done"
    made = {
        name: CustomTool.model_validate(
            {
                "command": ["sh", "-c", f"{waiting}\necho $1:1:found by {name}", "sh", "{files}"],
                "files": ["*.txt"],
                "parser": {
                    "kind": "regex",
                    "pattern": r"(?P<path>.+):(?P<line>\d+):(?P<message>.+)",
                },
            }
        )
        for name in tools
    }
    request = SessionRequest(
        str(gate.workspace),
        settings().node,
        tools=tuple(tools),
        custom_tools=tuple(definition_of(name, tool) for name, tool in made.items()),
        use_cache=False,
    )
    return submit(request)


def expect_undisturbed(session: SessionView) -> None:
    """As if nothing had happened: every unit ran to its end, and each finding is there once."""
    assert session.status is SessionStatus.FAILED, session.error
    found = report(session.session_id)
    assert {tool.tool: tool.outcome for tool in found.tools} == dict.fromkeys(TOOLS, "ok")
    assert sorted(one.message for one in found.findings) == [f"found by {name}" for name in TOOLS]


def attempts(session_id: str) -> int:
    return standing(session_id).attempts


def test_an_undisturbed_run(gate: Gate, start_worker: StartWorker) -> None:
    start_worker("one", *FAST_START)
    gate.open()
    session_id = accept(gate)
    expect_undisturbed(wait(session_id, timeout=60))
    assert attempts(session_id) == len(TOOLS)


def test_a_worker_that_is_killed_in_mid_unit(gate: Gate, start_worker: StartWorker) -> None:
    victim = start_worker("victim", *FAST_START)
    session_id = accept(gate)
    gate.wait_for(3)
    victim.process.kill()
    start_worker("heir", *FAST_START)
    gate.wait_for(6)
    gate.open()
    expect_undisturbed(wait(session_id, timeout=60))
    assert attempts(session_id) == 2 * len(TOOLS)


def drop_chords(client: redis.Redis) -> None:
    keys = [key for key in client.scan_iter() if b"celery-taskset" in key or b"chord" in key]
    assert keys, "there is no chord to drop"
    client.delete(*keys)


def drop_results(client: redis.Redis) -> None:
    keys = [key for key in client.scan_iter() if b"celery-task" in key]
    assert keys, "there are no results to drop"
    client.delete(*keys)


def drop_everything(client: redis.Redis) -> None:
    client.flushall()


@pytest.mark.parametrize("drop", [drop_chords, drop_results, drop_everything])
def test_a_broker_that_forgets(
    drop: Callable[[redis.Redis], None], gate: Gate, start_worker: StartWorker
) -> None:
    start_worker("one", *FAST_START)
    session_id = accept(gate)
    gate.wait_for(3)
    with redis.Redis.from_url(settings().broker) as client:
        drop(client)
    gate.open()
    expect_undisturbed(wait(session_id, timeout=60))
    assert attempts(session_id) == len(TOOLS)


def test_a_tool_that_kills_its_worker_is_given_up(gate: Gate, start_worker: StartWorker) -> None:
    gate.open()
    session_id = accept(gate, tools=("one",), script="kill -9 $PPID")
    for number in range(settings().max_attempts):
        victim = start_worker(f"victim-{number}", *FAST_START)
        wait_until(lambda dead=victim: is_gone(dead), message="the tool kills its worker")
    start_worker("heir", *FAST_START)
    session = wait(session_id, timeout=60)
    assert session.status is SessionStatus.INCOMPLETE
    [tool] = report(session_id).tools
    assert tool.outcome == Outcome.TOOL_ERROR
    assert "it ended its worker 2 times" in str(tool.error)


def is_gone(worker: Worker) -> bool:
    return worker.process.poll() is not None


def test_a_broker_that_is_away_at_submit(
    own_broker: Broker, gate: Gate, start_worker: StartWorker
) -> None:
    start_worker("one", *FAST_START)
    own_broker.kill()
    session_id = accept(gate)
    assert view(session_id).status is SessionStatus.QUEUED
    own_broker.start()
    gate.open()
    expect_undisturbed(wait(session_id, timeout=90))
    assert attempts(session_id) == len(TOOLS)


def test_a_database_that_is_away_in_mid_unit(
    own_database: Database,
    gate: Gate,
    start_worker: StartWorker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Longer than the outage: what nobody had to take over was begun once.
    monkeypatch.setenv("PIPELINE_LEASE_SECONDS", "60")
    worker = start_worker("one", *FAST_START)
    session_id = accept(gate)
    gate.wait_for(3)
    with transaction() as connection:
        # This waits for the disk, and for the claims before it: they do not by themselves.
        sessions.touch(connection, session_id)
    with ThreadPoolExecutor(1) as pool:
        follower = pool.submit(wait, session_id, timeout=60)
        own_database.stop_immediately()
        gate.open()
        # The tools end while the database is away: their results wait for it.
        wait_until(lambda: "trying again" in worker.log.read_text(), message="a result waits")
        own_database.start()
        expect_undisturbed(follower.result())
    assert attempts(session_id) == len(TOOLS)
