"""Whenever the power fails during apply and undo, files are whole and the journal knows of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.applying import NEW, OLD, a_session, want, write
from fixtures.power import CutError, Disk

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import applications, migrate
from pipeline_mcp.db.engine import reading
from pipeline_mcp.domain.application import Direction
from pipeline_mcp.sessions.bringing import bring


@pytest.fixture
def workspace(tmp_path: Path, state_dir: Path) -> Path:
    migrate.upgrade()
    return tmp_path / "workspace"


def holds(disk: Disk) -> None:
    """Whatever the cut leaves of the rows, they know which files may have the new content."""
    for path, old in OLD.items():
        for journal in disk.journals:
            if path not in journal:
                assert disk.may_have(path) == {old}, f"undo would not know of {path}"
        if disk.may_have(path) != {old}:
            stored = settings().state_dir / "blobs"
            name = hashlib.sha256(old).hexdigest()
            file = stored / name[:2] / name[2:]
            assert all(map(disk.is_forced, (file, file.parent))), f"{path} could not be undone"


def has_applied(disk: Disk) -> None:
    """As `holds`, and what the journal says was applied is there for certain."""
    holds(disk)
    for journal in disk.journals:
        for path, state in journal.items():
            if state == "applied":
                assert disk.may_have(path) == {NEW[path]}


def every_cut(workspace: Path, patch: pytest.MonkeyPatch, direction: Direction) -> Iterator[str]:
    """End the process at every step, the last time at none, and go on; gives the sessions.

    The machine stays up meanwhile: what was not forced to disk then is not safe yet.
    """
    ends_at, was_cut = 0, True
    while was_cut:
        ends_at += 1
        write(workspace)
        session_id = a_session(workspace)
        disk = Disk(workspace, has_applied if direction is Direction.APPLY else holds)
        with patch.context() as patched, disk.watch(patched, session_id):
            if direction is Direction.UNDO:
                want(session_id, Direction.APPLY)
                bring(session_id)
            want(session_id, direction)
            was_cut = is_cut(disk, session_id, ends_at)
            if was_cut:
                bring(session_id)
        yield session_id
    assert ends_at > 7, "hardly anything went to disk"


def is_cut(disk: Disk, session_id: str, ends_at: int) -> bool:
    """Bring, and end at the step of that number, if it comes to it."""
    disk.steps, disk.ends_at = 0, ends_at
    try:
        bring(session_id)
    except CutError:
        return True
    finally:
        disk.ends_at = None
    return False


def journal_of(session_id: str) -> dict[str, str]:
    with reading() as connection:
        row = applications.get(connection, session_id)
    assert row is not None
    return {path: state.value for path, state in applications.journal_of(row).items()}


def test_a_power_cut_during_apply_leaves_nothing_that_undo_does_not_know(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for session_id in every_cut(workspace, monkeypatch, Direction.APPLY):
        assert journal_of(session_id) == dict.fromkeys(NEW, "applied")
        assert {path: (workspace / path).read_bytes() for path in NEW} == NEW


def test_a_power_cut_during_undo_leaves_nothing_that_the_next_does_not_know(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for session_id in every_cut(workspace, monkeypatch, Direction.UNDO):
        assert journal_of(session_id) == {}
        assert {path: (workspace / path).read_bytes() for path in OLD} == OLD
