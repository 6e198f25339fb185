"""Apply and undo are killed around every call to the system and every statement, and end well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from fixtures.applying import NEW, OLD, a_session, done, outcome, tree, want, write
from fixtures.killing import killed

from pipeline_mcp.db import applications, migrate, sessions, stages
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.domain.application import Direction, FileState
from pipeline_mcp.domain.patch import FixPlan
from pipeline_mcp.domain.session import SessionStatus, Stage
from pipeline_mcp.sessions import bringing
from pipeline_mcp.sessions.applying import begin
from pipeline_mcp.sessions.bringing import alone_in, bring
from pipeline_mcp.sessions.cancel import cancel
from pipeline_mcp.sessions.follow import view
from pipeline_mcp.sessions.reconcile import reconcile
from pipeline_mcp.workspace import apply as applying
from pipeline_mcp.workspace import directories, swap
from pipeline_mcp.workspace import reading as reading_files

FILES = {module.__file__ for module in (applying, bringing, directories, reading_files, swap)}

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@pytest.fixture
def workspace(tmp_path: Path, state_dir: Path) -> Path:
    migrate.upgrade()
    return tmp_path / "workspace"


def is_step(frame: FrameType, event: str, called: Any) -> bool:
    """True before and after each call to the system on files, and each statement."""
    if event in ("call", "return"):
        return frame.f_code.co_filename == applications.__file__
    is_system = getattr(called, "__module__", "") == "posix"
    return is_system and frame.f_code.co_filename in FILES


def every_crash(
    work: Callable[[], None], begin: Callable[[], None], *, steps: int = 0
) -> Iterator[int]:
    """Kill the work later and later, by two steps each time, until it comes to its end."""
    while True:
        begin()
        if not killed(work, steps, is_step):
            assert steps > 30, "nothing was counted"
            return
        yield steps
        steps += 2


@pytest.mark.parametrize("all_or_nothing", [False, True])
def test_an_apply_that_is_killed_anywhere_can_be_undone_or_continued(
    workspace: Path, all_or_nothing: bool
) -> None:
    session_id = a_session(workspace)
    write(workspace)
    before = tree(workspace)

    def begin() -> None:
        assert done(session_id, Direction.UNDO).is_whole
        assert tree(workspace) == before
        want(session_id, Direction.APPLY, all_or_nothing=all_or_nothing)

    # Of one test the even steps, of the other the odd ones.
    for steps in every_crash(lambda: bring(session_id), begin, steps=int(all_or_nothing)):
        if steps % 4 > 1:  # the next round begins with the undo
            continue
        bring(session_id)  # as the message comes again
        after = {path: content for path, (_mode, content) in tree(workspace).items()}
        assert after == NEW
        assert {file.state for file in outcome(session_id).files} <= {
            FileState.APPLIED,
            FileState.ALREADY,
        }


def test_an_undo_that_is_killed_anywhere_is_finished_by_the_next(workspace: Path) -> None:
    session_id = a_session(workspace)
    write(workspace)
    before = tree(workspace)

    def begin() -> None:
        assert done(session_id, Direction.UNDO).is_whole
        assert tree(workspace) == before
        assert done(session_id, Direction.APPLY).is_whole
        want(session_id, Direction.UNDO)

    for _ in every_crash(lambda: bring(session_id), begin):
        continue
    assert tree(workspace) == before


def test_what_was_edited_after_a_crash_is_left_alone(workspace: Path) -> None:
    session_id = a_session(workspace)
    for steps in (12, 25, 40):
        write(workspace)
        want(session_id, Direction.APPLY)
        killed(lambda: bring(session_id), steps, is_step)
        (workspace / "a.py").write_bytes(b"mine\n")
        done(session_id, Direction.UNDO)
        assert (workspace / "a.py").read_bytes() == b"mine\n"
        assert (workspace / "b/c.sh").read_bytes() == OLD["b/c.sh"]


def test_whoever_comes_second_waits_for_his_turn(workspace: Path) -> None:
    session_id = a_session(workspace)
    write(workspace)
    want(session_id, Direction.APPLY)
    with alone_in(workspace), pytest.raises(Exception, match="somebody else is at work"):
        bring(session_id)
    assert {file: content for file, (_, content) in tree(workspace).items()} == OLD
    bring(session_id)
    assert outcome(session_id).is_whole


def test_a_session_that_applies_by_itself_does_not_end_before_it_has(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(
        "pipeline_mcp.sessions.reconcile.send_integration",
        lambda session_id, **_options: sent.append(session_id),
    )
    monkeypatch.setattr("pipeline_mcp.db.leftovers.GRACE_SECONDS", 0.0)
    monkeypatch.setattr("pipeline_mcp.sessions.reconcile.remembers", lambda: True)
    session_id = a_session(workspace, plan=FixPlan(apply=True))
    write(workspace)
    with transaction() as connection:
        for stage in (Stage.SNAPSHOT, Stage.SCAN):
            stages.begin(connection, session_id, stage)
            stages.close(connection, session_id, stage)
        sessions.advance(connection, session_id, Stage.CLEANUP)
    reconcile()
    assert sent == [session_id]
    assert not view(session_id).is_final
    bring(session_id)
    reconcile()
    assert sent == [session_id]
    assert {path: content for path, (_, content) in tree(workspace).items()} == NEW
    assert view(session_id).is_final


def test_a_cancelled_session_does_not_apply_any_more(workspace: Path) -> None:
    session_id = a_session(workspace, plan=FixPlan(apply=True))
    write(workspace)
    with transaction() as connection:
        sessions.advance(connection, session_id, Stage.CLEANUP)
    assert begin(session_id) is not None
    cancel(session_id)
    bring(session_id)
    assert begin(session_id) is None
    assert {path: content for path, (_, content) in tree(workspace).items()} == OLD


def test_a_session_cancelled_before_its_first_file_is_written_applies_nothing(
    workspace: Path,
) -> None:
    session_id = a_session(workspace, plan=FixPlan(apply=True))
    write(workspace)
    before = tree(workspace)
    want(session_id, Direction.APPLY, by_itself=True)
    with transaction() as connection:
        applications.begin(connection, session_id)  # a worker is at it, and has written nothing
    cancel(session_id)
    bring(session_id)
    assert {file.state for file in outcome(session_id).files} == {FileState.HELD_BACK}
    assert tree(workspace) == before
    assert done(session_id, Direction.APPLY).is_whole  # who asks for it gets it


def test_what_was_begun_before_the_session_was_cancelled_is_told_and_goes_no_further(
    workspace: Path,
) -> None:
    for steps in range(0, 160, 20):
        session_id = a_session(workspace, plan=FixPlan(apply=True))
        write(workspace)
        want(session_id, Direction.APPLY, by_itself=True)
        killed(lambda one=session_id: bring(one), steps, is_step)
        there = {path: (workspace / path).read_bytes() for path in OLD}
        cancel(session_id)
        bring(session_id)
        assert {path: content for path, (_, content) in tree(workspace).items()} == there
        assert {file.path for file in outcome(session_id).files if file.state == "applied"} == {
            path for path, content in there.items() if content == NEW[path]
        }
        done(session_id, Direction.UNDO)
        assert {path: (workspace / path).read_bytes() for path in OLD} == OLD


def test_what_somebody_had_begun_to_bring_is_continued_whatever_became_of_the_message(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(
        "pipeline_mcp.sessions.reconcile.send_application",
        lambda session_id, **_options: sent.append(session_id),
    )
    session_id = a_session(workspace)
    write(workspace)
    with transaction() as connection:
        sessions.finish(connection, session_id, SessionStatus.FAILED)
    want(session_id, Direction.APPLY)
    assert killed(lambda: bring(session_id), 60, is_step)
    assert reconcile().is_nothing  # he may be at it
    with transaction() as connection:
        connection.execute(applications.application.update().values(updated_at=0.0))
    assert reconcile().applied == 1
    assert reconcile().is_nothing
    assert sent == [session_id]
    bring(session_id)
    assert outcome(session_id).is_whole
    assert reconcile().is_nothing


def test_a_workspace_that_is_gone_is_told(workspace: Path) -> None:
    session_id = a_session(workspace)
    done_ = done(session_id, Direction.APPLY)
    assert done_.error is not None and "does not exist" in done_.error
