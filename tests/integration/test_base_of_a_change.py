"""`run --base REF`: what did the change break?"""

from __future__ import annotations

from typing import Any

import pytest
from fixtures.git import GitRepository, RepositoryFactory
from fixtures.warm_stack import Command

FAULTY = "import os\n\n\ndef first() -> None:\n    import sys\n"


@pytest.fixture
def repository(git_repository: RepositoryFactory) -> GitRepository:
    made = git_repository({"a.py": FAULTY, "lib/b.py": FAULTY, "gone.py": "import os\n"})
    made.git("checkout", "--quiet", "-b", "change")
    return made


def run(warm: Command, repository: GitRepository, *options: str) -> Any:
    words = ("--tools", "ruff", "--format", "json", "-q", *options)
    return warm("run", repository.path, *words).json


def new(report: Any) -> list[tuple[str, int, str]]:
    return [(one["path"], one["line"], one["rule"]) for one in report["findings"] if one["is_new"]]


def test_only_what_the_change_brought_counts(warm: Command, repository: GitRepository) -> None:
    repository.git("mv", "lib/b.py", "lib/c.py")
    (repository.path / "gone.py").unlink()
    repository.write("a.py", '"""Moved down."""\n\n' + FAULTY + "    import zlib\n")
    repository.commit("Change")
    repository.git("checkout", "--quiet", "main")
    repository.write("elsewhere.py", "x = 1\n")
    repository.commit("Go on")
    repository.git("checkout", "--quiet", "change")
    repository.write("untracked.py", "import json\n")
    report = run(warm, repository, "--base", "main")
    assert new(report) == [("a.py", 8, "F401"), ("untracked.py", 1, "F401")]
    assert (report["status"], report["summary"]["findings"]) == ("failed", 6)
    assert "4 findings are older than the change since main." in report["notices"]
    only = run(warm, repository, "--base", "main", "--new-only")
    assert new(only) == new(report)
    assert only["summary"]["findings"] == 2


def test_a_change_that_brings_nothing_passes(warm: Command, repository: GitRepository) -> None:
    repository.write("a.py", "# a remark\n" + FAULTY)
    report = run(warm, repository, "--base", "HEAD", "--sequential")
    assert (report["status"], new(report)) == ("passed", [])
    assert repository.git("status", "--porcelain") == " M a.py\n"


@pytest.mark.parametrize("ref", ["nowhere", "--output=x", "HEAD:a.py"])
def test_a_ref_that_does_not_exist_is_a_usage_error(
    warm: Command, repository: GitRepository, ref: str
) -> None:
    answer = warm("run", repository.path, f"--base={ref}", "--tools", "ruff")
    assert answer.exit_code == 2
    assert f"The ref {ref!r} does not name a commit in" in answer.stderr
    assert answer.stdout == ""
