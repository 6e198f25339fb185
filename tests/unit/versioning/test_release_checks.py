"""A release is built, installed and tried in copies; what could not run is never called good."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures import own_backend
from fixtures.git import GitRepository, RepositoryFactory

from pipeline_mcp.versioning import installed_program
from pipeline_mcp.versioning.project import open_project
from pipeline_mcp.versioning.release_checks import ReleaseOptions, check_release
from pipeline_mcp.versioning.release_steps import (
    NOT_REACHED,
    ReleaseChecks,
    StepName,
    StepOutcome,
)

TRUSTED = ReleaseOptions(trusted=True)
BUILD_ALONE = ReleaseOptions(trusted=True, skip_tests=True)
TESTS_ALONE = ReleaseOptions(trusted=True, skip_build=True)


@pytest.fixture
def shop(git_repository: RepositoryFactory, state_dir: Path) -> GitRepository:
    return git_repository(own_backend.FILES)


def checked(repository: GitRepository, options: ReleaseOptions = BUILD_ALONE) -> ReleaseChecks:
    return check_release(open_project(repository.path), options)


def outcomes(found: ReleaseChecks) -> str:
    """The first letter of each step's outcome."""
    return "".join(each.outcome.value[0] for each in found.steps)


def said(found: ReleaseChecks, name: StepName) -> str:
    return next(each.said for each in found.steps if each.name is name)


def test_a_good_release_passes_and_the_workspace_is_not_touched(shop: GitRepository) -> None:
    before = sorted(shop.path.rglob("*"))
    found = checked(shop, TRUSTED)
    assert outcomes(found) == "pppppp", found
    assert (found.problems, found.unknown) == ([], [])
    names = [each.name for each in found.artifacts]
    assert names == ["shop-1.2.0-py3-none-any.whl", "shop-1.2.0.tar.gz"]
    assert all(len(each.sha256) == 64 and each.size > 0 for each in found.artifacts)
    assert said(found, StepName.IMPORT) == "shop"
    # A script may refuse to help, which is told.
    assert said(found, StepName.ENTRY_POINTS) == "2 loaded; `strict --help` ends with exit code 2"
    assert sorted(shop.path.rglob("*")) == before


def test_without_trust_nothing_of_the_project_runs(shop: GitRepository, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    shop.write("backend.py", f"open({str(trace)!r}, 'w')\n")
    shop.write("pipeline.yaml", f"proofs: {{tests: [touch, {trace}]}}\n")
    found = checked(shop, ReleaseOptions(trusted=False))
    assert outcomes(found) == "iiiiii"
    assert len(found.unknown) == 2
    assert "not trusted" in found.unknown[0]
    assert not trace.exists()


def test_what_is_not_wanted_is_skipped_and_not_passed(shop: GitRepository) -> None:
    found = checked(shop, ReleaseOptions(trusted=True, skip_tests=True, skip_build=True))
    assert outcomes(found) == "ssssss"
    assert (found.problems, found.unknown, found.artifacts) == ([], [], ())


@pytest.mark.parametrize(
    ("file", "old", "new", "steps", "problem"),
    [
        ("backend.py", "def build_wheel(", "def other(", "fiiiis", "build: exit code 1"),
        ("backend.py", '"1.2.0"', '"1.3.0"', "pfiiis", "pyproject.toml:8 says 1.2.0"),
        ("backend.py", "Name: {NAME}", "Home: {NAME}", "pfiiis", "its metadata is wrong"),
        ("shop.py", "def main", "import no_such_module\ndef main", "pppfis", "no_such_module"),
        ("shop.py", "print(", "raise ValueError(", "ppppfs", "`shop --help` crashed"),
        ("backend.py", "shop.py", "shop.txt", "pfiiis", "nothing to import"),
    ],
)
def test_what_is_wrong_is_found_where_it_shows(
    shop: GitRepository, file: str, old: str, new: str, steps: str, problem: str
) -> None:
    text = (shop.path / file).read_text()
    assert old in text
    shop.write("shop.txt", own_backend.SHOP)
    shop.write(file, text.replace(old, new))
    found = checked(shop)
    assert outcomes(found) == steps, found
    assert len(found.problems) == 1
    assert problem in found.problems[0]
    assert {each.said for each in found.steps if each.outcome is StepOutcome.INCOMPLETE} <= {
        NOT_REACHED
    }


def test_what_is_missing_offline_or_in_time_is_unknown(shop: GitRepository) -> None:
    text = own_backend.PYPROJECT.replace("requires = []", 'requires = ["no-such-backend>=1"]')
    shop.write("pyproject.toml", text)
    offline = checked(shop, ReleaseOptions(trusted=True, skip_tests=True, offline=True))
    assert outcomes(offline) == "iiiiis", offline
    assert "offline" in offline.unknown[0]
    late = checked(shop, ReleaseOptions(trusted=True, seconds=0.0))
    assert outcomes(late) == "iiiiii"
    assert late.unknown == [
        "build: there was no time left for it",
        "tests: there was no time left for it",
    ]


def test_the_tests_are_the_workspaces_proof(shop: GitRepository) -> None:
    assert outcomes(checked(shop, TESTS_ALONE)) == "sssssp"
    shop.write("shop.py", "def main() -> None:\n    raise ValueError\n")
    broken = checked(shop, TESTS_ALONE)
    assert outcomes(broken) == "sssssf"
    assert "ValueError" in broken.problems[0]
    shop.write("pipeline.yaml", "")
    unknown = checked(shop, TESTS_ALONE)
    assert outcomes(unknown) == "sssssi"
    assert "no proof `tests`" in unknown.unknown[0]


def test_a_module_that_ends_the_interpreter_is_not_good(tmp_path: Path) -> None:
    (tmp_path / "ending.py").write_text("import os\nos._exit(0)\n")
    (tmp_path / "noisy.py").write_text("print('{}')\n")
    answer = tmp_path / "answer"
    command = [sys.executable, installed_program.__file__, answer, "click", "noisy", "ending"]
    subprocess.run(command, env={"PYTHONPATH": str(tmp_path)}, check=True, capture_output=True)
    rows = [json.loads(line) for line in answer.read_text().splitlines()]
    assert rows == [
        {"what": "import noisy"},
        {"what": "import noisy", "error": None},
        {"what": "import ending"},
    ]
