"""Only a worker that never came back counts against a unit: a fault of its host does not."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import claims, clock, migrate, sessions, units
from pipeline_mcp.db.claims import Claim
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.db.tables import unit as unit_table
from pipeline_mcp.domain.session import SessionRequest
from pipeline_mcp.domain.unit import Outcome, UnitResult, UnitState
from pipeline_mcp.errors import TransientServiceError
from pipeline_mcp.scanning.capture import capture
from pipeline_mcp.scanning.execute import execute
from pipeline_mcp.scanning.plan import plan

SESSION = "pipeline-1-00000000"
OK = UnitResult(Outcome.OK)


@pytest.fixture
def unit_key(tmp_path: Path, state_dir: Path) -> str:
    """The one unit of a planned session."""
    migrate.upgrade()
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "unused.py").write_text("import os\n" * 2_000)
    with transaction() as connection:
        request = SessionRequest(str(workspace), settings().node, tools=("ruff",))
        sessions.insert(connection, SESSION, request)
    capture(SESSION)
    [(key, _tool)] = plan(SESSION)[0]
    return key


@pytest.fixture
def full_disk(state_dir: Path) -> Iterator[Path]:
    """The disk for trees: so small that no tree has room in it."""
    disk = state_dir / "trees"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", "size=4k,mode=700", "tmpfs", str(disk)]
    done = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"this machine lets nobody mount: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def claim(key: str, owner: str) -> Claim:
    with transaction() as connection:
        taken = claims.claim(connection, SESSION, key, owner=owner, lease_seconds=60)
    assert taken is not None
    return taken


def let_the_lease_run_out() -> None:
    with transaction() as connection:
        connection.execute(update(unit_table).values(lease_until=clock.now() - 1))


def test_a_full_disk_gives_the_unit_back_at_once(unit_key: str, full_disk: Path) -> None:
    for _ in range(settings().max_attempts + 1):
        with pytest.raises(TransientServiceError, match="no space left"):
            execute(SESSION, unit_key, owner="here")
        with reading() as connection:
            assert units.get(connection, SESSION, unit_key)["state"] == UnitState.QUEUED
    assert claim(unit_key, "elsewhere").tries == 1


def test_an_owner_that_was_silent_and_comes_back_does_not_count(unit_key: str) -> None:
    silent = claim(unit_key, "silent")
    let_the_lease_run_out()
    claim(unit_key, "dead")
    with transaction() as connection:
        assert not claims.complete(connection, silent, OK, findings=0)
        claims.absolve(connection, silent)
    let_the_lease_run_out()
    assert claim(unit_key, "third").tries == 2


def test_a_unit_is_given_up_only_after_a_silence_in_which_its_owner_would_have_spoken(
    unit_key: str,
) -> None:
    last = claim(unit_key, "last")
    let_the_lease_run_out()
    with transaction() as connection:
        # The database was away for longer than the lease, and the owner is not back yet.
        again = claims.claim(
            connection, SESSION, unit_key, owner="other", lease_seconds=60, max_attempts=1
        )
        assert again is None
        assert claims.expire(connection, max_attempts=1, patience_seconds=60) == []
        assert claims.extend(connection, last, lease_seconds=-100)
        [given_up] = claims.expire(connection, max_attempts=1, patience_seconds=60)
    assert given_up.is_poison


def test_an_owner_that_nobody_has_replaced_changes_nothing_by_coming_back(unit_key: str) -> None:
    mine = claim(unit_key, "mine")
    with transaction() as connection:
        claims.absolve(connection, mine)
        assert units.get(connection, SESSION, unit_key)["released"] == 0
        assert claims.complete(connection, mine, OK, findings=0)
