"""`run --fix` and `fix` change the workspace, say what they changed, and it can be undone."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from fixtures.git import GitRepository, RepositoryFactory
from fixtures.waiting import wait_until
from fixtures.warm_stack import Command

REPORT_SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"
RUFF = ("--tools", "ruff")


@pytest.fixture
def repository(git_repository: RepositoryFactory) -> GitRepository:
    """Two files that ruff can fix, one of them linked a second time, and nothing else."""
    return git_repository(
        {"a.py": "import os\nx = 1\n", "b.py": "import os\r\ny = 2\r\n"}
        | {"ruff.toml": 'lint.select = ["F"]\n'}
    )


def tree_hash(repository: GitRepository) -> str:
    repository.git("add", "--all")
    return repository.git("write-tree")


def test_what_was_fixed_is_in_the_workspace_and_goes_by_undo(
    warm: Command, repository: GitRepository
) -> None:
    before = tree_hash(repository)
    answer = warm("run", "--fix", repository.path, *RUFF, "--format", "json")
    assert answer.exit_code == 0, answer.stderr
    jsonschema.validate(answer.json, json.loads(REPORT_SCHEMA.read_text()))
    application = answer.json["application"]
    assert (application["action"], application["status"]) == ("apply", "success")
    assert [(one["path"], one["state"]) for one in application["files"]] == [
        ("a.py", "applied"),
        ("b.py", "applied"),
    ]
    assert (repository.path / "a.py").read_bytes() == b"x = 1\n"
    assert (repository.path / "b.py").read_bytes() == b"y = 2\r\n"
    session_id = answer.json["session_id"]
    again = warm("apply", session_id, "--format", "json")
    assert (again.exit_code, again.json["counts"]) == (0, {"already": 2})
    assert warm("undo", session_id).exit_code == 0
    assert tree_hash(repository) == before


def test_the_text_names_the_files_and_the_way_back(
    warm: Command, repository: GitRepository
) -> None:
    answer = warm("fix", repository.path, *RUFF)
    assert answer.exit_code == 0, answer.stderr
    assert "changed 2 files: a.py, b.py." in answer.stdout
    assert "`pipeline-mcp undo pipeline-" in answer.stdout
    assert repository.git("diff", "--name-only").split() == ["a.py", "b.py"]
    nothing = warm("fix", repository.path, *RUFF)
    assert (nothing.exit_code, "undo" in nothing.stdout) == (0, False)


def test_a_file_that_cannot_be_changed_is_named_and_the_rest_is(
    warm: Command, repository: GitRepository
) -> None:
    (repository.path / "link").hardlink_to(repository.path / "a.py")
    answer = warm("run", "--fix", repository.path, *RUFF)
    assert answer.exit_code == 3
    assert "left alone a.py: it has other hard links" in answer.stdout
    assert "changed 1 file: b.py." in answer.stdout
    assert "incomplete: The patch was not applied to all its files: a.py: it has other" in (
        answer.stdout
    )
    assert (repository.path / "a.py").read_bytes() == b"import os\nx = 1\n"
    assert (repository.path / "b.py").read_bytes() == b"y = 2\r\n"


@pytest.mark.parametrize("command", [("run", "--fix"), ("fix",)])
def test_a_dry_run_makes_a_patch_and_changes_nothing(
    warm: Command, repository: GitRepository, command: tuple[str, ...]
) -> None:
    options = (*RUFF, "--dry-run", "--format", "json")
    found = warm(*command, repository.path, *options).json
    assert (found["summary"]["fixed"], found["application"]) == (2, None)
    assert repository.git("status", "--porcelain") == ""
    text = warm(*command, repository.path, *RUFF, "--dry-run").stdout
    assert text.startswith("diff --git") is (command == ("fix",))
    assert (f"`pipeline-mcp apply {found['session_id'][:9]}" in text) is (command != ("fix",))


def test_a_detached_session_applies_and_its_status_says_so(
    warm: Command, repository: GitRepository
) -> None:
    options = (*RUFF, "--detach", "--format", "json")
    session_id = warm("run", "--fix", repository.path, *options).json["session_id"]

    def is_over() -> bool:
        return bool(warm("status", session_id, "--format", "json").json["finished_at"])

    wait_until(is_over, timeout=60)
    assert (repository.path / "a.py").read_bytes() == b"x = 1\n"
    status = warm("status", session_id, "--format", "json").json
    assert status["application"]["counts"] == {"applied": 2}
    assert "2 files applied." in warm("status", session_id).stdout
    warm("undo", session_id)
    assert "2 files taken back." in warm("status", session_id).stdout


def test_a_session_whose_patch_is_there_is_fixed_anew(
    warm: Command, repository: GitRepository
) -> None:
    earlier = warm("fix", repository.path, *RUFF, "--dry-run", "--format", "json").json
    (repository.path / "a.py").write_text("import os\nimport sys\nx = 3\n")
    fixed = warm("fix", earlier["session_id"], "--format", "json")
    assert (fixed.exit_code, fixed.json["application"]["counts"]) == (0, {"applied": 2})
    assert (repository.path / "a.py").read_text() == "x = 3\n"
    late = warm("apply", earlier["session_id"], "--format", "json")
    assert (late.exit_code, late.json["counts"]) == (3, {"already": 1, "moved_on": 1})
    done = warm("fix", fixed.json["session_id"], "--format", "json")
    assert (done.exit_code, done.json["patch"], done.json["application"]) == (0, None, None)


def test_what_was_known_at_the_base_is_left_alone_by_a_later_fix(
    warm: Command, repository: GitRepository
) -> None:
    (repository.path / "c.py").write_text("import os\nz = 3\n")
    looked = warm("run", repository.path, *RUFF, "--base", "HEAD", "--format", "json")
    assert looked.json["summary"]["new_findings"] == 1
    fixed = warm("fix", looked.json["session_id"], "--format", "json").json
    assert [one["path"] for one in fixed["application"]["files"]] == ["c.py"]
    assert repository.git("diff", "--name-only") == ""
