"""Whoever dies at whatever moment of a fix: the session ends as it would have undisturbed."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
from fixtures import fixing
from fixtures.stack import StartWorker
from fixtures.state import read_settings_anew
from fixtures.waiting import wait_until
from fixtures.wrong_fixers import wrong_fixer

from pipeline_mcp.config.settings import settings
from pipeline_mcp.config.tool_settings import CustomTool
from pipeline_mcp.db import engine, migrate
from pipeline_mcp.domain.patch import StepState
from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import SessionRequest
from pipeline_mcp.fixing import judging, rounds, step
from pipeline_mcp.fixing.step import take_steps
from pipeline_mcp.scanning.capture import capture
from pipeline_mcp.scanning.close import finish
from pipeline_mcp.sessions.follow import wait
from pipeline_mcp.sessions.reconcile import reconcile
from pipeline_mcp.sessions.report import report
from pipeline_mcp.sessions.submit import submit
from pipeline_mcp.tools.custom import definition_of

FAST_START = ("--without-mingle", "--without-gossip")
SETTINGS = {
    "PIPELINE_LEASE_SECONDS": "2",
    "PIPELINE_RECONCILE_SECONDS": "0.3",
    "PIPELINE_HEARTBEAT_SECONDS": "0.5",
    "PIPELINE_CONCURRENCY": "2",
}


class DeathError(BaseException):
    """The process dies here."""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "ruff.toml").write_text('lint.select = ["E401", "F"]\n')
    (root / "a.py").write_text("import os, sys\n\nprint(sys.path)\n")
    (root / "b.py").write_text("BAD = 1\n")
    return root


def outcome(found: Report) -> tuple[object, ...]:
    """What must not depend on who died when."""
    assert found.fixes is not None
    told = [(one.cycle, one.fixer, one.path, one.state) for one in found.fixes.attempts]
    return found.status, found.findings, found.fixes.patch, found.fixes.fixed, told


def begin(workspace: Path) -> str:
    wrong = wrong_fixer("adds-a-finding")
    return fixing.begin(workspace, "ruff", "adds-a-finding", custom_tools=(wrong,))


@pytest.fixture
def undisturbed(workspace: Path, state_dir: Path) -> tuple[object, ...]:
    migrate.upgrade()
    return outcome(fixing.run(begin(workspace)))


def let_die(monkeypatch: pytest.MonkeyPatch, at: int, *, is_committed: bool) -> list[int]:
    """Die at the transaction of that number, before or after it is committed."""
    counted = [0]

    @contextmanager
    def transaction() -> Iterator[Any]:
        with engine.transaction() as connection:
            yield connection
            counted[0] += 1
            if counted[0] == at and not is_committed:
                raise DeathError
        if counted[0] == at:
            raise DeathError

    for module in (step, rounds, judging):
        monkeypatch.setattr(module, "transaction", transaction)
    return counted


def run_with_deaths(session_id: str) -> Report:
    """As `fixing.run`, but whoever dies is followed by somebody else."""
    capture(session_id)
    fixing.scan(session_id)
    while True:
        try:
            if not take_steps(session_id):
                break
        except DeathError:
            continue
        fixing.scan(session_id)
    finish(session_id)
    return report(session_id)


def test_whoever_dies_at_any_transaction_is_followed_by_somebody(
    workspace: Path, undisturbed: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = 0
    counted = [0]
    while counted[0] >= at:
        at += 1
        with monkeypatch.context() as patch:
            counted = let_die(patch, at, is_committed=bool(at % 2))
            assert outcome(run_with_deaths(begin(workspace))) == undisturbed, at
    assert at > 10


def test_two_at_the_same_step_do_it_once(workspace: Path, undisturbed: tuple[object, ...]) -> None:
    session_id = begin(workspace)
    capture(session_id)
    fixing.scan(session_id)
    with ThreadPoolExecutor(3) as pool:
        while any(one.result() for one in [pool.submit(take_steps, session_id) for _ in "123"]):
            fixing.scan(session_id)
    finish(session_id)
    assert outcome(report(session_id)) == undisturbed


def test_what_makes_its_worker_die_again_and_again_is_given_up(
    workspace: Path, state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate.upgrade()
    session_id = begin(workspace)
    capture(session_id)
    fixing.scan(session_id)

    def die(*_arguments: object) -> None:
        raise DeathError

    with monkeypatch.context() as patch:
        patch.setattr(step, "make_candidate", die)
        for _ in range(settings().max_attempts):
            with pytest.raises(DeathError):
                take_steps(session_id)
        assert not take_steps(session_id)
    finish(session_id)
    found = report(session_id)
    assert found.fixes is not None
    assert found.fixes.patch is None
    assert {one.state for one in found.fixes.attempts} == {StepState.REJECTED}
    assert "ended its worker 3 times" in str(found.fixes.attempts[0].reason)


@pytest.fixture
def short_leases(external_services: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings under which a lost worker is noticed soon."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    read_settings_anew()


def gated_tool(gate: Path, *, in_fix: bool) -> dict[str, Any]:
    """Finds and fixes `BAD`; it waits for the gate while it fixes, or while it looks at `GOOD`."""
    shell = shutil.which("sh") or "/bin/sh"
    begun, opened = (shlex.quote(str(gate / name)) for name in ("begun", "opened"))
    waiting = f"echo x >> {begun}; while [ ! -e {opened} ]; do sleep 0.05; done"
    look = "" if in_fix else f"if grep -q GOOD b.py; then {waiting}; fi;"
    fix = waiting if in_fix else ":"
    return definition_of(
        "gated",
        CustomTool.model_validate(
            {
                "command": [shell, "-c", f'{look} grep -nH BAD "$@" || true', "x", "{files}"],
                "fix": [shell, "-c", f'{fix}; sed -i s/BAD/GOOD/ "$@"', "x", "{files}"],
                "files": ["*.py"],
                "parser": {
                    "kind": "regex",
                    "pattern": r"^\./(?P<path>.+?):(?P<line>\d+):(?P<message>.*)$",
                },
            }
        ),
    )


@pytest.mark.parametrize("stage", ["fix", "validate"])
@pytest.mark.parametrize("blow", ["kill", "forget"])
def test_a_worker_that_is_killed_and_a_broker_that_forgets(
    short_leases: None,
    workspace: Path,
    tmp_path: Path,
    start_worker: StartWorker,
    stage: str,
    blow: str,
) -> None:
    tool = gated_tool(tmp_path, in_fix=stage == "fix")
    victim = start_worker("victim", *FAST_START)
    request = SessionRequest(
        str(workspace),
        settings().node,
        tools=("ruff", "gated"),
        custom_tools=(tool,),
        fix=fixing.whole_plan(),
    )
    session_id = submit(request)
    begun = tmp_path / "begun"
    wait_until(begun.exists, message=f"the session is in its stage {stage}")
    if blow == "kill":
        victim.process.kill()
        start_worker("heir", *FAST_START)
        wait_until(lambda: len(begun.read_text().split()) > 1, message="an heir has taken over")
    else:
        with redis.Redis.from_url(settings().broker) as client:
            client.flushall()
    (tmp_path / "opened").touch()
    wait(session_id, timeout=80)
    found = report(session_id)
    assert found.findings == ()
    assert found.fixes is not None
    assert {one.state for one in found.fixes.attempts} == {StepState.ACCEPTED}
    assert found.fixes.fixed == 3
    assert reconcile().is_nothing
