"""Two servers and two worker hosts on one Redis and one Postgres, and no file in common."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fixtures.git import GitRepository, RepositoryFactory
from fixtures.hosts import Host, MakeHost, Running
from fixtures.waiting import wait_until
from sqlalchemy import func, select

from pipeline_mcp.db.engine import reading
from pipeline_mcp.db.tables import session, unit

_OPERATOR = """
custom_tools:
  waiting:
    command: [sh, -c, {script}, sh, "{{files}}"]
    files: ["*.py"]
    parser: {{kind: regex, pattern: "(?P<path>.+):(?P<message>.+)"}}
tools: [waiting]
"""


@dataclass(frozen=True)
class Site:
    """Two hosts with a worker and a server each."""

    hosts: tuple[Host, Host]
    workers: tuple[Running, Running]
    servers: tuple[Running, Running]


@pytest.fixture
def repository(git_repository: RepositoryFactory) -> GitRepository:
    """Ten files, each with an unused import and a name that nobody defines."""
    return git_repository(
        {f"pkg/f_{n}.py": '"""Not fine."""\n\nimport os\n\nprint(missing)\n' for n in range(10)}
    )


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """Until this file is there, the tool of the `waiting` site runs."""
    return tmp_path / "gate"


def site(make_host: MakeHost, **settings: object) -> Site:
    hosts = make_host("east", **settings), make_host("west", **settings)
    workers = hosts[0].worker(), hosts[1].worker()
    for worker in workers:
        worker.wait()  # a server that sees no worker brings one of its own
    servers = hosts[0].server(), hosts[1].server()
    for server in servers:
        server.wait()
    return Site(hosts, workers, servers)


@pytest.fixture
def waiting_site(make_host: MakeHost, tmp_path: Path, gate: Path) -> Site:
    """A site on which the only tool waits for the gate."""
    script = f"until [ -e {shlex.quote(str(gate))} ]; do sleep 0.05; done"
    operator = tmp_path / "operator.yaml"
    operator.write_text(_OPERATOR.format(script=repr(script)))
    return site(make_host, config_file=operator, lease_seconds=2, reconcile_seconds=0.5)


def begin(server: Running, repository: GitRepository) -> str:
    return str(server.call("pipeline_run_full", workspace=str(repository.path))["session_id"])


def ended(server: Running, session_id: str) -> dict[str, Any]:
    """What the server says of the session, once it has ended."""
    answer = server.call("pipeline_status", session_id=session_id, wait_seconds=40)
    results: dict[str, Any] = answer["results"]
    return results


def is_scanning(session_id: str) -> bool:
    with reading() as connection:
        states = select(unit.c.state).where(unit.c.session_id == session_id)
        return "running" in connection.scalars(states).all()


def test_a_session_of_one_server_is_followed_through_the_other(
    make_host: MakeHost, repository: GitRepository
) -> None:
    ours = site(make_host, tools="ruff")
    call = {"workspace": str(repository.path), "idempotency_key": "a change"}
    ids = {server.call("pipeline_run_full", **call)["session_id"] for server in ours.servers}
    [session_id] = ids
    assert ended(ours.servers[1], session_id)["status"] == "failed"
    scanned = ours.servers[1].call("version_keeper_scan", session_id=session_id)
    assert scanned["results"]["branch"] == "main"
    status = ours.hosts[1].command("status", session_id, "--format", "json")
    assert status.json["status"] == "failed"
    found = ours.hosts[1].command("findings", session_id, "--format", "json")
    assert len([each for each in found.json["findings"] if each["rule"] == "F821"]) == 10


def test_a_session_of_one_server_is_cancelled_from_the_other_host(
    waiting_site: Site, repository: GitRepository
) -> None:
    session_id = begin(waiting_site.servers[0], repository)
    wait_until(lambda: is_scanning(session_id), message="the tool runs")
    assert waiting_site.hosts[1].command("cancel", session_id).exit_code == 0
    for server in waiting_site.servers:
        assert ended(server, session_id)["status"] == "cancelled"


def test_a_session_whose_worker_is_killed_is_recovered_from_the_other_host(
    waiting_site: Site, repository: GitRepository, gate: Path
) -> None:
    session_id = begin(waiting_site.servers[0], repository)
    wait_until(lambda: is_scanning(session_id), message="the tool runs")
    for worker in waiting_site.workers:
        worker.process.kill()
        worker.process.wait()
    gate.touch()
    waiting_site.workers[1].start()
    recovered = waiting_site.hosts[1].command("recover", session_id)
    assert recovered.exit_code == 0, recovered.stderr
    assert ended(waiting_site.servers[1], session_id)["status"] == "passed"


@dataclass
class Load:
    """Sessions that are begun one after the other, each through the server whose turn it is."""

    servers: tuple[Running, Running]
    repository: GitRepository
    session_ids: list[str] = field(default_factory=list)
    refused: int = 0
    lost: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        turn = 0
        while not self.stop.is_set():
            self._begin(self.servers[turn % 2], self.servers[(turn + 1) % 2])
            turn += 1
            self.stop.wait(0.1)

    def _begin(self, server: Running, other: Running) -> None:
        """Begin a session; where the server is being restarted, once more at the other one."""
        for target in (server, other):
            try:
                self.session_ids.append(begin(target, self.repository))
                return
            except Exception:  # noqa: BLE001 - whatever a client sees of a server that ends
                self.refused += 1
        self.lost.append("a call failed twice")


@pytest.fixture
def load(make_host: MakeHost, repository: GitRepository) -> Iterator[tuple[Site, Load]]:
    ours = site(make_host, tools="ruff,flake8", shutdown_seconds=0)
    load = Load(ours.servers, repository)
    thread = threading.Thread(target=load.run)
    thread.start()
    yield ours, load
    load.stop.set()
    thread.join(30)


def test_a_rolling_restart_under_load_loses_nothing(load: tuple[Site, Load]) -> None:
    ours, running = load
    for process in (*ours.workers, *ours.servers):
        before = len(running.session_ids)
        wait_until(lambda seen=before: len(running.session_ids) > seen + 1, message="load")
        assert process.stop() in (0, -15)
        process.start()
    running.stop.set()
    wait_until(lambda: statuses().keys() <= {"failed"}, timeout=60, message="all have ended")
    assert running.lost == []
    assert statuses() == {"failed": len(running.session_ids)}
    # Forty of the workspace, and the twenty that are left with the fixes.
    assert findings_of_each() == {60}


def statuses() -> dict[str, int]:
    with reading() as connection:
        rows = connection.execute(select(session.c.status, func.count()).group_by(session.c.status))
        return {row[0]: row[1] for row in rows}


def findings_of_each() -> set[int]:
    """How many findings the sessions have, each number once."""
    with reading() as connection:
        totals = select(func.sum(unit.c.findings)).group_by(unit.c.session_id)
        return set(connection.scalars(totals))
