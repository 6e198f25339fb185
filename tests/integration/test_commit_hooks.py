"""The hooks of this repository, run by the programs that users have for it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.git import GitRepository, RepositoryFactory
from fixtures.requirements import require
from fixtures.warm_stack import Command

HOOKS = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
FIXABLE = "import os\n\nX = 1\n"
UNFIXABLE = "X = undefined\n"

Hooks = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def repository(git_repository: RepositoryFactory) -> GitRepository:
    """Uses the hooks of another repository, as they are in this tree."""
    source = git_repository({"README.md": "hooks\n"}, name="source")
    shutil.copy(HOOKS, source.path)
    commit = source.commit()
    # The command is installed already; what else users have in their file is the same.
    hooks = [
        {"id": name, "language": "system", "args": ["--quiet", "--tools", "ruff"]}
        for name in ("pipeline-mcp", "pipeline-mcp-fix", "pipeline-mcp-push")
    ]
    config = {"repos": [{"repo": str(source.path), "rev": commit, "hooks": hooks}]}
    repository = git_repository({"old.py": UNFIXABLE}, name="project")
    repository.write(".pre-commit-config.yaml", json.dumps(config))
    repository.commit()
    return repository


@pytest.fixture
def hooks(repository: GitRepository, warm: Command, tmp_path: Path) -> Hooks:
    """`hooks(program, *words)` runs one of the programs in the repository."""
    path = f"{Path(require('pipeline-mcp')).parent}:{warm.environment['PATH']}"
    home = str(tmp_path / "home")
    environment = {**warm.environment, "PATH": path, "PRE_COMMIT_HOME": home, "PREK_HOME": home}

    def run(program: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [require(program), *words],
            cwd=repository.path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize("program", ["pre-commit", "prek"])
def test_staged_files_are_looked_at_and_no_others(
    program: str, repository: GitRepository, hooks: Hooks
) -> None:
    repository.write("staged file.py", FIXABLE)
    repository.git("add", "staged file.py")
    repository.write("untracked.py", UNFIXABLE)
    done = hooks(program, "run", "pipeline-mcp")
    assert done.returncode == 1, done.stderr
    assert "staged file.py" in done.stdout
    assert "F401" in done.stdout
    assert "F821" not in done.stdout


def test_staged_files_are_fixed(repository: GitRepository, hooks: Hooks) -> None:
    repository.write("staged.py", FIXABLE)
    repository.git("add", "staged.py")
    done = hooks("pre-commit", "run", "pipeline-mcp-fix")
    assert done.returncode == 1, done.stdout + done.stderr  # it is to be staged again
    assert "files were modified by this hook" in done.stdout
    assert (repository.path / "staged.py").read_text() == "\nX = 1\n"


def test_a_push_is_about_the_whole_repository(repository: GitRepository, hooks: Hooks) -> None:
    done = hooks("pre-commit", "run", "--hook-stage", "pre-push")
    assert done.returncode == 1
    assert "old.py" in done.stdout
