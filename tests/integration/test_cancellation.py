"""A cancelled session ends everywhere, at once, whatever runs for it and wherever."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from fixtures.own_tools import request_of_scripts, script_tool
from fixtures.processes import Process, processes
from fixtures.requirements import require
from fixtures.stack import Pipeline, StartWorker, Worker
from fixtures.state import read_settings_anew
from fixtures.waiting import wait_until
from sqlalchemy import func, select

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db.engine import reading
from pipeline_mcp.db.tables import event, unit
from pipeline_mcp.domain.event import EventKind
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.sessions.cancel import cancel
from pipeline_mcp.sessions.follow import view, wait
from pipeline_mcp.sessions.submit import submit

pytestmark = pytest.mark.usefixtures("external_services")

# A tool, its child, and a grandchild that has left the process group.
SLEEPERS = "setsid sleep 611 & sleep 612 & sleep 613"
WITHIN_SECONDS = 2.0

Host = Callable[[str], Worker]


@pytest.fixture
def start_host(start_worker: StartWorker, monkeypatch: pytest.MonkeyPatch) -> Host:
    """`start_host("a")`: a worker with one slot that takes itself for another host."""

    def start(node: str) -> Worker:
        with monkeypatch.context() as patch:
            patch.setenv("PIPELINE_NODE", node)
            patch.setenv("PIPELINE_HEARTBEAT_SECONDS", "0.5")
            read_settings_anew()
            worker = start_worker(node, "--concurrency", "1")
        read_settings_anew()
        return worker

    return start


def sleeping() -> list[Process]:
    return [each for each in processes() if each.command.startswith("sleep 61")]


def attempts(session_id: str) -> list[int]:
    query = select(unit.c.attempt).where(unit.c.session_id == session_id)
    with reading() as connection:
        return sorted(connection.scalars(query), reverse=True)


def claims(session_id: str) -> int:
    query = (
        select(func.count())
        .select_from(event)
        .where(event.c.session_id == session_id, event.c.kind == EventKind.UNIT_CLAIMED.value)
    )
    with reading() as connection:
        return connection.scalar(query) or 0


def messages() -> int:
    """What waits in the broker's queues or is held by a worker."""
    with redis.Redis.from_url(settings().broker_url) as client:
        lists = [key for key in client.keys("*") if client.type(key) == b"list"]
        queued = sum(client.llen(key) for key in lists if b"lint" in key or b"maint" in key)
        return queued + client.hlen("unacked")


def wait_for_sleepers(number: int) -> None:
    wait_until(lambda: len(sleeping()) == number, message=f"{number} processes sleep")


@pytest.fixture
def two_hosts(start_host: Host) -> list[Worker]:
    return [start_host("host-a"), start_host("host-b")]


@pytest.fixture
def sleeping_run(
    two_hosts: list[Worker], one_file: Path, state_dir: Path
) -> Iterator[subprocess.Popen[str]]:
    """A run of five units that never end, followed by a command."""
    tools = {f"sleeper-{n}": script_tool(SLEEPERS).model_dump(mode="json") for n in range(5)}
    (state_dir.parent / "pipeline.yaml").write_text(json.dumps({"custom_tools": tools}))
    command = [require("pipeline-mcp"), "run", str(one_file), "--tools", ",".join(tools)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def test_tools_on_every_host_end_within_two_seconds_and_nothing_starts_any_more(
    two_hosts: list[Worker], sleeping_run: subprocess.Popen[str], pipeline: Pipeline
) -> None:
    wait_for_sleepers(2 * 3)
    session_id = pipeline("sessions", "--format", "json").json["sessions"][0]["session_id"]
    assert pipeline("cancel", session_id).stdout == f"{session_id} is cancelled\n"
    wait_until(lambda: not sleeping(), timeout=WITHIN_SECONDS, message="all tools are gone")
    wait_until(lambda: messages() == 0, timeout=3, message="the broker has nothing more to say")
    out, _ = sleeping_run.communicate(timeout=5)
    assert sleeping_run.returncode == 3
    assert out.splitlines()[-1].startswith("cancelled")
    assert "passed" not in out
    assert attempts(session_id) == [1, 1, 0, 0, 0]
    assert claims(session_id) == 2
    assert view(session_id).status is SessionStatus.CANCELLED
    assert all(host.process.poll() is None for host in two_hosts)


def test_a_cancelled_session_leaves_the_workers_to_others(one_file: Path, start_host: Host) -> None:
    start_host("host-a")
    first = submit(request_of_scripts(one_file, [SLEEPERS] * 3))
    wait_for_sleepers(3)
    second = submit(request_of_scripts(one_file, ["true"]))
    cancel(first)
    assert wait(second, timeout=10).status is SessionStatus.PASSED


def test_to_cancel_again_or_too_late_changes_nothing(one_file: Path, start_host: Host) -> None:
    start_host("host-a")
    done = submit(request_of_scripts(one_file, ["true"]))
    assert wait(done, timeout=30).status is SessionStatus.PASSED
    assert cancel(done).status is SessionStatus.PASSED
    running = submit(request_of_scripts(one_file, [SLEEPERS]))
    wait_for_sleepers(3)
    first = cancel(running)
    assert cancel(running) == first
    assert first.status is SessionStatus.CANCELLED


def test_a_session_whose_worker_is_gone_is_cancelled_and_its_tools_end(
    one_file: Path, start_host: Host
) -> None:
    victim = start_host("host-a")
    session_id = submit(request_of_scripts(one_file, [SLEEPERS]))
    wait_for_sleepers(3)
    victim.process.kill()
    assert cancel(session_id).status is SessionStatus.CANCELLED
    start_host("host-b")
    wait_until(lambda: not sleeping(), timeout=WITHIN_SECONDS, message="all tools are gone")
    assert attempts(session_id) == [1]
