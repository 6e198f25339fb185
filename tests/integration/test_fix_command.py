"""`run --fix` and `fix`, end to end, on a repository with planted problems."""

from __future__ import annotations

import compileall
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fixtures.git import GitRepository, RepositoryFactory
from fixtures.warm_stack import Command

REPORT_SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"
MISSPELT = "te" + "h"

SHAPES = f'''"""Shapes, {MISSPELT} simple ones."""

from typing import List, Optional
import os
import json, sys


def area(width: float, height: float) -> float:
    return width*height{"   "}


def names(shapes: Optional[List[str]] = None) -> List[str]:
    found = []
    for shape in shapes or []:
        if shape != None:
            found.append(f"shape")
    return found


def total(shapes: List[str]) -> int:
    return undefined(shapes)
'''
TESTS = """import shapes


def test_area() -> None:
    assert shapes.area(2, 3) == 6


def test_names() -> None:
    assert shapes.names(["a"]) == ["shape"]
"""


@pytest.fixture
def planted(git_repository: RepositoryFactory) -> GitRepository:
    """A program with its tests, which has what its tools complain about."""
    return git_repository(
        {
            "shapes.py": SHAPES,
            "test_shapes.py": TESTS,
            "windows file.py": "import os\r\nx = 1\r\n",
            "notes.yaml": "---\na: 1   \nb: 2",
            "ruff.toml": 'lint.select = ["E4", "E7", "F", "UP", "W"]\ntarget-version = "py311"\n',
            "pyproject.toml": '[project]\nname = "shapes"\nversion = "1"\n',
        }
    )


def run(command: Command, *arguments: str | Path) -> Any:
    return command(*arguments, "--format", "json").json


def apply(repository: Path, patch: str, *options: str) -> None:
    command = ["git", "apply", "--whitespace=nowarn", *options, "-"]
    subprocess.run(command, cwd=repository, input=patch.encode(), check=True)


def kinds(document: Any) -> Counter[tuple[str, str, str]]:
    return Counter((one["tool"], one["rule"], one["path"]) for one in document["findings"])


def test_the_patch_of_a_repository_makes_nothing_worse(
    warm: Command, planted: GitRepository
) -> None:
    before = run(warm, "run", planted.path)
    answer = warm("run", "--fix", "--dry-run", planted.path, "--format", "json")
    fixed = answer.json
    jsonschema.validate(fixed, json.loads(REPORT_SCHEMA.read_text()))
    assert answer.exit_code == 1  # the name that nobody defines is left
    assert planted.git("status", "--porcelain") == ""
    assert fixed["summary"]["fixed"] == fixed["summary"]["fixes_applied"] >= 10
    assert not kinds(fixed) - kinds(before)
    apply(planted.path, fixed["patch"], "--check")
    apply(planted.path, fixed["patch"])
    assert (planted.path / "windows file.py").read_bytes() == b"x = 1\r\n"
    after = run(warm, "run", planted.path)
    assert after["snapshot"] == fixed["snapshot"]
    assert kinds(after) == kinds(fixed)
    assert compileall.compile_dir(planted.path, quiet=1, force=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."]
    subprocess.run(command, cwd=planted.path, check=True, capture_output=True)


def test_the_patch_alone_and_a_limit(warm: Command, planted: GitRepository) -> None:
    answer = warm("fix", planted.path, "--dry-run", "--max-fixes", "1", "--tools", "ruff")
    apply(planted.path, answer.stdout, "--check")
    assert answer.stdout.count("diff --git") == 1


def test_what_an_earlier_session_was_about(warm: Command, planted: GitRepository) -> None:
    earlier = run(warm, "run", planted.path, "--tools", "ruff", "--files", "windows file.py")
    fixed = run(warm, "fix", earlier["session_id"], "--dry-run")
    assert {one["path"] for one in fixed["fixes"]["attempts"]} == {"windows file.py"}
    assert fixed["findings"] == []


def test_what_is_left_comes_as_instructions(warm: Command, planted: GitRepository) -> None:
    answer = warm("fix", planted.path, "--agent-instructions", "--tools", "ruff")
    assert "ruff F821 at shapes.py" in answer.stdout
    assert "https://docs.astral.sh/ruff/rules/F821/" in answer.stdout
    assert "return undefined(shapes)" in answer.stdout


def test_limits_without_fixes_are_a_mistake(warm: Command, planted: GitRepository) -> None:
    answer = warm("run", planted.path, "--max-fixes", "3")
    assert answer.exit_code == 2
    assert "--fix" in answer.stderr


def test_a_patch_of_somebody_else_is_verified(
    warm: Command, planted: GitRepository, tmp_path: Path
) -> None:
    text = (planted.path / "shapes.py").read_text()
    planted.write("shapes.py", text.replace("undefined(shapes)", "len(shapes)"))
    diff = tmp_path / "agent.diff"
    diff.write_text(planted.git("diff"))
    planted.git("checkout", "--quiet", ".")
    options = ("--tools", "ruff", "--dry-run", "--format", "json")
    answer = warm("fix", planted.path, "--proposal", diff, *options)
    assert [one["state"] for one in answer.json["fixes"]["attempts"]] == ["accepted"]
    assert "F821" not in [one["rule"] for one in answer.json["findings"]]
    apply(planted.path, answer.json["patch"], "--check")
