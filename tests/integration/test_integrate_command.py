"""`integrate`, end to end, on a git work tree with a remote on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.git import GitRepository, RepositoryFactory
from fixtures.git_server import bare_repository
from fixtures.warm_stack import Command

FILES = {
    "tool.py": "import os\nimport sys\n\nprint('tool')\n",
    "other.py": "import os\n",
    "ruff.toml": 'lint.select = ["F"]\n',
}


@pytest.fixture
def repository(git_repository: RepositoryFactory, tmp_path: Path) -> GitRepository:
    """With an identity of its own, and a remote that has its commits."""
    made = git_repository(FILES)
    made.git("config", "user.name", "Ada")
    made.git("config", "user.email", "ada@example.org")
    made.git("remote", "add", "origin", str(bare_repository(tmp_path / "bare").path))
    made.git("push", "--quiet", "origin", "main")
    return made


def test_from_a_fix_to_a_branch_at_the_remote(
    warm: Command, repository: GitRepository, tmp_path: Path
) -> None:
    repository.write("other.py", "import os\nunfinished = 1\n")
    before = repository.git("status", "--porcelain")
    fix = ("fix", repository.path, "--tools", "ruff", "--dry-run", "--quiet", "--format", "json")
    fixed = warm(*fix)
    assert fixed.exit_code in (0, 1), fixed.stderr
    session_id = warm("sessions", "--format", "json").json["sessions"][0]["session_id"]
    planned = warm("integrate", session_id, "--dry-run")
    assert planned.exit_code == 3, planned.stderr
    assert "Fix 2 findings of ruff" in planned.stdout
    assert "F401: 2" in planned.stdout
    assert "left out   other.py" in planned.stdout

    refused = warm("integrate", session_id, "--push")
    assert refused.exit_code == 3
    assert "trust the workspace" in refused.stderr
    trusted = warm("scan", repository.path, "--tools", "ruff", "--trust", "--quiet")
    assert trusted.exit_code == 1, trusted.stderr
    done = warm("integrate", session_id, "--push", "--format", "json")
    assert done.exit_code == 3, done.stderr
    document = done.json
    assert (document["status"], document["is_new"]) == ("partial", False)
    assert document["files"] == ["tool.py"]
    remote = GitRepository(tmp_path / "bare")
    assert remote.git("rev-parse", document["branch"]).strip() == document["commit"]
    assert remote.git("show", f"{document['branch']}:tool.py") == "\nprint('tool')\n"
    assert repository.git("status", "--porcelain") == before
    assert repository.git("symbolic-ref", "--short", "HEAD").strip() == "main"


def test_fixes_are_committed_at_their_end_and_the_workspace_stays(
    warm: Command, repository: GitRepository
) -> None:
    fix = ("fix", repository.path, "--tools", "ruff", "--dry-run", "--integrate", "commit")
    done = warm(*fix, "--format", "json")
    assert done.exit_code == 0, done.stderr
    branch = f"pipeline-mcp/{done.json['session_id'][-8:]}"
    assert f"2 files committed on {branch}" in done.stderr
    message = repository.git("log", "-1", "--format=%B", branch)
    assert message.startswith("Fix 3 findings of ruff\n\nruff: 3\n  F401: 3\n")
    assert repository.git("status", "--porcelain") == ""
