"""The parts of the embedded stack that need no server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_mcp.embedded import locks
from pipeline_mcp.embedded.addresses import without_password
from pipeline_mcp.embedded.child import Child, GaveUpError
from pipeline_mcp.embedded.plan import Home, Plan, read_running

HEAVY = {"pydantic", "sqlalchemy", "celery", "redis", "logging", "subprocess", "asyncio"}


def test_the_supervisor_imports_nothing_heavy() -> None:
    script = "import sys, pipeline_mcp.embedded.supervisor as _; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True
    )
    assert not HEAVY & set(done.stdout.split())


def test_a_plan_survives_the_way_to_the_supervisor() -> None:
    home = Home(Path("/s/run"), Path("/s/log"), Path("/s/valkey"))
    plan = Plan(home, ["valkey"], Path("/s/run/sock"), ["python"], 2, "sqlite:///x", "id")
    assert Plan.from_json(plan.to_json()) == plan
    assert Plan.from_json(plan._replace(valkey=None).to_json()).valkey is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '{"other": 1}'])
def test_a_lock_file_that_says_nothing_sensible_says_nothing(tmp_path: Path, content: str) -> None:
    home = Home(tmp_path, tmp_path, tmp_path)
    assert read_running(home) is None
    home.supervisor.write_text(content)
    assert read_running(home) is None


def test_a_lock_is_held_alone_or_shared(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not locks.is_held_alone(path)
    with locks.shared(path), locks.shared(path):
        assert locks.try_exclusive(path) is None
        assert not locks.is_held_alone(path)
    alone = locks.try_exclusive(path)
    assert alone is not None
    assert locks.is_held_alone(path)
    os.close(alone)
    assert not locks.is_held_alone(path)


def test_a_child_that_ends_by_itself_gets_pauses_and_then_no_more_tries() -> None:
    starts: list[float] = []
    child = Child("toy", lambda: len(starts) or 1)
    child.tend(0.0)
    child.ended(1, now=0.0)
    child.tend(0.0)
    assert child.pid is not None, "the first new start comes at once"
    child.ended(1, now=0.0)
    child.tend(0.2)
    assert child.pid is None, "the second waits"
    child.tend(0.25)
    assert child.pid is not None
    child.ended(1, now=1.0)
    with pytest.raises(GaveUpError, match="toy ended 4 times"):
        child.ended(1, now=2.0)


def test_a_child_that_is_killed_now_and_then_is_started_for_ever() -> None:
    child = Child("toy", lambda: 1)
    for minute in range(100):
        child.tend(minute * 60.0)
        child.ended(1, now=minute * 60.0)
    for second in range(15):
        child.ended(-9, now=7000.0 + second)
    child.tend(7100.0)
    assert child.pid == 1


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://localhost/0", "redis://localhost/0"),
        ("redis://:p@w:rd@host:1/0", "redis://:***@host:1/0"),
        ("redis://user:word@host", "redis://user:***@host"),
        ("redis+socket:///run/a b.sock", "redis+socket:///run/a b.sock"),
    ],
)
def test_a_password_is_never_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown
