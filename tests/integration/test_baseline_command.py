"""`pipeline-mcp baseline`, end to end: what is known does not count, what is new does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fixtures.git import GitRepository, RepositoryFactory
from fixtures.warm_stack import Command

FAULTY = "import os\n\n\ndef first() -> None:\n    import sys\n"


@pytest.fixture
def repository(git_repository: RepositoryFactory) -> GitRepository:
    return git_repository({"a.py": FAULTY, "lib/b.py": FAULTY})


def run(warm: Command, repository: GitRepository, *options: str) -> Any:
    return warm("run", repository.path, "--tools", "ruff", "--format", "json", "-q", *options).json


def create(warm: Command, repository: GitRepository, *options: str) -> Any:
    session = run(warm, repository)["session_id"]
    answer = warm("baseline", "create", session, "--format", "json", *options)
    assert answer.exit_code == 0, answer.stderr
    return answer.json


def new(report: Any) -> list[tuple[str, int, str]]:
    return [(one["path"], one["line"], one["rule"]) for one in report["findings"] if one["is_new"]]


def test_what_is_in_the_baseline_does_not_count(warm: Command, repository: GitRepository) -> None:
    assert run(warm, repository)["status"] == "failed"
    created = create(warm, repository)
    assert (created["findings"], created["added"], created["removed"]) == (4, 4, 0)
    report = run(warm, repository)
    assert (report["status"], new(report)) == ("passed", [])
    assert report["summary"]["findings"] == 4
    assert any(
        "4 findings are known by .pipeline-baseline.json (sha256" in said
        for said in report["notices"]
    )
    assert {one["known_by"] for one in report["findings"]} == {"baseline .pipeline-baseline.json"}


def test_only_what_is_new_counts_when_lines_move_and_files_are_renamed(
    warm: Command, repository: GitRepository
) -> None:
    create(warm, repository)
    repository.commit("Hold the line")
    repository.git("mv", "lib/b.py", "lib/c.py")
    repository.write("a.py", '"""Moved down."""\n\n' + FAULTY + "    import zlib\n")
    report = run(warm, repository, "--sequential")
    assert new(report) == [("a.py", 8, "F401")]
    assert new(run(warm, repository, "--no-cache")) == new(report)
    assert report["status"] == "failed"
    difference = warm("baseline", "diff", report["session_id"], "--format", "json").json
    assert difference["counts"] == {"new": 1, "known": 4, "gone": 0}
    assert [one["line"] for one in difference["new"]] == [8]


def test_no_tool_looks_at_the_baseline_itself(warm: Command, repository: GitRepository) -> None:
    create(warm, repository)
    words = ("--tools", "detect-secrets", "--format", "json", "-q")
    report = warm("run", repository.path, *words).json
    assert (report["findings"], report["summary"]["files"]) == ([], 2)


def test_pruning_takes_out_what_is_gone_and_adds_nothing(
    warm: Command, repository: GitRepository
) -> None:
    create(warm, repository)
    repository.write("a.py", "import json\n")
    pruned = create(warm, repository, "--prune")
    assert (pruned["findings"], pruned["added"], pruned["removed"]) == (2, 0, 2)
    assert new(run(warm, repository)) == [("a.py", 1, "F401")]
    shown = warm("baseline", "show", repository.path, "--format", "json").json
    assert shown["by_path"] == {"lib/b.py": 2}


def test_entries_that_a_session_says_nothing_of_stay(
    warm: Command, repository: GitRepository
) -> None:
    create(warm, repository)
    (repository.path / "lib/b.py").write_text("")
    session = run(warm, repository, "--files", "a.py")["session_id"]
    kept = warm("baseline", "create", session, "--format", "json").json
    assert (kept["findings"], kept["removed"]) == (4, 0)


def test_a_broken_baseline_is_an_error_and_hides_nothing(
    warm: Command, repository: GitRepository
) -> None:
    repository.write(".pipeline-baseline.json", "{")
    answer = warm("run", repository.path, "--tools", "ruff")
    assert answer.exit_code == 2
    assert "The baseline .pipeline-baseline.json cannot be used: it is not JSON" in answer.stderr
    assert answer.stdout == ""


def test_a_baseline_that_is_named_must_exist(warm: Command, repository: GitRepository) -> None:
    repository.write("pipeline.yaml", "baseline: quality/line.json\n")
    answer = warm("run", repository.path, "--tools", "ruff")
    assert answer.exit_code == 2
    assert "quality/line.json cannot be used: it does not exist" in answer.stderr


def test_a_link_is_no_baseline(warm: Command, repository: GitRepository, tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text(json.dumps({"version": 1, "findings": []}))
    (repository.path / ".pipeline-baseline.json").symlink_to(outside)
    answer = warm("run", repository.path, "--tools", "ruff")
    assert answer.exit_code == 2
    assert "it is a symbolic link" in answer.stderr


def test_a_session_that_does_not_exist_makes_no_baseline(
    warm: Command,
) -> None:
    answer = warm("baseline", "create", "pipeline-1-00000000")
    assert answer.exit_code == 2
    assert "No session is called" in answer.stderr
