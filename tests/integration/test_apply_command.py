"""`apply` and `undo`, end to end, on a git work tree."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fixtures.git import GitRepository, RepositoryFactory
from fixtures.warm_stack import Command


@pytest.fixture
def repository(git_repository: RepositoryFactory) -> GitRepository:
    """Three files that ruff can fix: with a mode, with CRLF, and without a last line end."""
    made = git_repository(
        {
            "tool.py": "import os\n\nprint('tool')\n",
            "deep/windows.py": "import os\r\nx = 1\r\n",
            "bare.py": "import os\nx = 1",
            "ruff.toml": 'lint.select = ["F"]\n',
        }
    )
    (made.path / "tool.py").chmod(0o755)
    made.commit("Make it executable")
    return made


@pytest.fixture
def fixed(warm: Command, repository: GitRepository) -> str:
    """The id of a session that has a patch for the repository, and has not applied it."""
    document = answer(warm, "fix", repository.path, "--tools", "ruff", "--dry-run")
    assert document["summary"]["fixed"] == 3
    return str(document["session_id"])


def answer(command: Command, *arguments: str | Path, exit_code: int = 0) -> Any:
    done = command(*arguments, "--format", "json")
    assert done.exit_code == exit_code, done.stderr
    return done.json


def tree_hash(repository: GitRepository) -> str:
    repository.git("add", "--all")
    return repository.git("write-tree")


def states(document: Any) -> dict[str, str]:
    return {file["path"]: file["state"] for file in document["files"]}


def test_there_and_back_again(warm: Command, repository: GitRepository, fixed: str) -> None:
    before = tree_hash(repository)
    document = answer(warm, "apply", fixed)
    assert states(document) == dict.fromkeys(("bare.py", "deep/windows.py", "tool.py"), "applied")
    assert (repository.path / "deep/windows.py").read_bytes() == b"x = 1\r\n"
    assert (repository.path / "bare.py").read_bytes() == b"x = 1"
    assert os.access(repository.path / "tool.py", os.X_OK)
    assert answer(warm, "apply", fixed)["counts"] == {"already": 3}
    assert answer(warm, "undo", fixed)["counts"] == {"undone": 3}
    assert tree_hash(repository) == before
    said = warm("undo", fixed)
    assert (said.exit_code, said.stdout) == (0, "There is nothing to undo.\n")


def test_a_dry_run_prints_what_git_apply_takes_and_changes_nothing(
    warm: Command, repository: GitRepository, fixed: str
) -> None:
    before = tree_hash(repository)
    for files in ((), ("--files", "bare.py", "tool.py")):
        printed = warm("apply", fixed, "--dry-run", *files)
        assert (printed.exit_code, printed.stdout.count("diff --git")) == (0, 2 if files else 3)
        command = ["git", "apply", "--check", "--whitespace=nowarn", "-"]
        subprocess.run(
            command, cwd=repository.path, input=printed.stdout.encode(), check=True, timeout=20
        )
    assert tree_hash(repository) == before
    (repository.path / "bare.py").write_text("mine\n")
    partial = answer(warm, "apply", fixed, "--dry-run", exit_code=3)
    assert states(partial)["bare.py"] == "moved_on"
    assert states(partial)["tool.py"] == "ready"


def test_a_file_that_moved_on_is_left_alone_and_said(
    warm: Command, repository: GitRepository, fixed: str
) -> None:
    (repository.path / "bare.py").write_text("mine\n")
    held = answer(warm, "apply", fixed, "--all-or-nothing", exit_code=3)
    assert held["counts"] == {"moved_on": 1, "held_back": 2}
    assert repository.git("diff", "--name-only").split() == ["bare.py"]
    partial = warm("apply", fixed)
    assert partial.exit_code == 3
    assert "moved on   bare.py" in partial.stdout
    assert "2 files applied, 1 left alone." in partial.stdout
    assert (repository.path / "bare.py").read_text() == "mine\n"
    assert answer(warm, "undo", fixed)["counts"] == {"undone": 2}


def test_some_files_alone(warm: Command, repository: GitRepository, fixed: str) -> None:
    assert states(answer(warm, "apply", fixed, "--files", "bare.py")) == {"bare.py": "applied"}
    strange = warm("apply", fixed, "--files", "ruff.toml")
    assert strange.exit_code == 2
    assert "does not change ruff.toml" in strange.stderr
    assert answer(warm, "undo", fixed)["counts"] == {"undone": 1}


def test_what_was_done_is_in_the_audit(warm: Command, fixed: str) -> None:
    warm("apply", fixed)
    warm("undo", fixed)
    entries = answer(warm, "audit", "--session", fixed)["entries"]
    assert [one["action"] for one in entries] == ["undo", "apply", "submit"]


def test_sessions_that_have_nothing_to_apply(warm: Command, repository: GitRepository) -> None:
    unknown = warm("apply", "pipeline-1-00000000")
    assert (unknown.exit_code, "No session is called" in unknown.stderr) == (2, True)
    looked = warm("scan", repository.path, "--tools", "ruff", "--format", "json").json
    refused = warm("apply", looked["session_id"])
    assert refused.exit_code == 2
    assert "has looked and fixed nothing" in refused.stderr
