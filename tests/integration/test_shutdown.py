"""A worker that is asked to end: short units end with it, long ones go back at once."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from fixtures.hosts import Host, MakeHost
from fixtures.waiting import wait_until
from sqlalchemy import RowMapping

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import units
from pipeline_mcp.db.engine import reading
from pipeline_mcp.domain.session import SessionRequest, SessionStatus
from pipeline_mcp.sessions.follow import wait
from pipeline_mcp.sessions.submit import submit

# Nobody waits for a lease here: it outlives the test.
LEASE_SECONDS = 600


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """The tool of these tests runs until this file is there."""
    return tmp_path / "gate"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "a.txt").write_text("a\n")
    return root


def host(make_host: MakeHost, name: str, *, shutdown_seconds: float) -> Host:
    return make_host(name, lease_seconds=LEASE_SECONDS, shutdown_seconds=shutdown_seconds)


def waiting_tool(gate: Path) -> dict[str, Any]:
    script = f"until [ -e {shlex.quote(str(gate))} ]; do sleep 0.05; done"
    return {
        "name": "waiting",
        "command": ["sh", "-c", script, "sh", "{files}"],
        "files": ["*.txt"],
        "parser": {"kind": "regex", "pattern": "(?P<path>.+):(?P<message>.+)"},
    }


def submit_waiting(workspace: Path, gate: Path) -> str:
    tools = (waiting_tool(gate),)
    request = SessionRequest(
        str(workspace), settings().node, tools=("waiting",), custom_tools=tools, use_cache=False
    )
    return submit(request)


def the_unit(session_id: str) -> RowMapping | None:
    with reading() as connection:
        found = units.summaries(connection, session_id)
    return found[0] if found else None


def is_running(session_id: str) -> bool:
    unit = the_unit(session_id)
    return unit is not None and unit["state"] == "running"


def test_a_unit_that_cannot_end_in_time_goes_to_another_worker_at_once(
    make_host: MakeHost, workspace: Path, gate: Path
) -> None:
    first = host(make_host, "east", shutdown_seconds=0.2).worker()
    first.wait()
    session_id = submit_waiting(workspace, gate)
    wait_until(lambda: is_running(session_id), message="the tool runs")
    assert first.stop() == 0
    unit = the_unit(session_id)
    assert unit is not None
    assert (unit["state"], unit["lease_until"], unit["released"]) == ("queued", None, 1)
    host(make_host, "west", shutdown_seconds=0.2).worker().wait()
    wait_until(lambda: is_running(session_id), timeout=5, message="the other worker has it")
    gate.touch()
    assert wait(session_id, timeout=20).status is SessionStatus.PASSED
    unit = the_unit(session_id)
    assert unit is not None
    assert (unit["attempt"], unit["owner"].split(":")[0]) == (2, "west")


def test_a_unit_that_ends_in_time_is_done_by_the_worker_that_has_it(
    make_host: MakeHost, workspace: Path, gate: Path
) -> None:
    east = host(make_host, "east", shutdown_seconds=30).worker()
    east.wait()
    session_id = submit_waiting(workspace, gate)
    wait_until(lambda: is_running(session_id), message="the tool runs")
    east.process.terminate()
    wait_until(lambda: "shutdown" in east.log.read_text(), message="the worker has heard it")
    gate.touch()
    assert east.process.wait(20) == 0
    unit = the_unit(session_id)
    assert unit is not None
    assert (unit["state"], unit["outcome"], unit["attempt"]) == ("done", "ok", 1)
    host(make_host, "west", shutdown_seconds=0.2).worker().wait()
    assert wait(session_id, timeout=20).status is SessionStatus.PASSED


def test_restarts_do_not_count_as_tries(make_host: MakeHost, workspace: Path, gate: Path) -> None:
    east = make_host("east", lease_seconds=LEASE_SECONDS, shutdown_seconds=0, max_attempts=1)
    worker = east.worker()
    worker.wait()
    session_id = submit_waiting(workspace, gate)
    for _ in range(2):
        wait_until(lambda: is_running(session_id), message="the tool runs")
        worker.restart()
    gate.touch()
    assert wait(session_id, timeout=20).status is SessionStatus.PASSED
