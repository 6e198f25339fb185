"""The shared fixtures keep what they promise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.git import RepositoryFactory
from fixtures.processes import descendants, expect_none, working_in
from fixtures.requirements import require
from fixtures.waiting import wait_until
from sqlalchemy import text

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db.engine import transaction

SLEEPER = [sys.executable, "-c", "input()"]


def test_the_settings_see_the_private_state_directory_alone(state_dir: Path) -> None:
    assert settings().state_dir == state_dir
    assert settings().is_embedded
    assert len(os.fsencode(settings().socket_path)) < 100


def test_the_database_lies_in_the_private_state_directory(state_dir: Path) -> None:
    with transaction() as connection:
        connection.execute(text("create table proof (x integer)"))
    assert (state_dir / "pipeline.db").exists()


def test_waiting_returns_the_answer() -> None:
    answers = iter([0, None, "there"])
    assert wait_until(lambda: next(answers)) == "there"


def test_waiting_in_vain_fails_with_the_message() -> None:
    with pytest.raises(pytest.fail.Exception, match="the moon is full"):
        wait_until(lambda: False, timeout=0.05, message="the moon is full")


def test_a_missing_program_skips_on_a_laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-program"):
        require("no-such-program")


def test_a_missing_program_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-program"):
        require("no-such-program")


def test_a_repository_has_its_files_committed(git_repository: RepositoryFactory) -> None:
    repository = git_repository({"src/a.py": "x = 1\n"})
    assert repository.git("ls-files").split() == ["src/a.py"]
    assert repository.git("status", "--porcelain") == ""


def test_a_repository_without_files_has_no_commit(git_repository: RepositoryFactory) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        git_repository().git("rev-parse", "HEAD")


def test_a_process_that_is_left_over_is_seen_and_ended(tmp_path: Path) -> None:
    with subprocess.Popen(SLEEPER, stdin=subprocess.PIPE, cwd=tmp_path) as child:
        wait_until(lambda: working_in(tmp_path), message="the child is seen in its directory")
        assert child.pid in {each.pid for each in descendants(os.getpid())}
        with pytest.raises(pytest.fail.Exception, match=f"left over: {child.pid} "):
            expect_none(lambda: working_in(tmp_path), "left over", within=0.05)
        assert child.wait(10) != 0
