"""The older version keeper's options do what they said, and claim nothing that was not done."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from fixtures.git import GitRepository, RepositoryFactory

from pipeline_mcp.compat.version_keeper import _FLAGS, scan_words

KEYS = {"version", "timestamp", "branch", "quality_checks", "test_results", "compatibility"}
KEYS |= {"overall_status", "recommendations"}


@pytest.fixture
def shop(git_repository: RepositoryFactory) -> GitRepository:
    return git_repository(
        {
            "pyproject.toml": '[project]\nname = "shop"\nversion = "1.2.0"\n',
            "shop.py": "def sell(a): ...\n",
        }
    )


def keeper(repository: GitRepository, *options: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pipeline_mcp.compat.version_keeper", *options],
        cwd=repository.path,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_release_raises_the_version_and_says_what_was_not_done(shop: GitRepository) -> None:
    options = ("--bump-type", "minor", "--output-format", "json")
    code, out, err = keeper(shop, *options, "--dry-run", "--skip-tests", "--skip-build")
    assert code == 0, err
    told = json.loads(out)
    assert told.keys() >= KEYS
    assert (told["bump"]["new"], told["bump"]["dry_run"]) == ("1.3.0", True)
    assert shop.git("status", "--porcelain") == ""
    code, out, _ = keeper(shop, *options)
    told = json.loads(out)
    assert (code, told["overall_status"]) == (3, "incomplete")
    assert "tests and build: not run" in told["unknown"][-1]
    assert 'version = "1.3.0"' in (shop.path / "pyproject.toml").read_text()


def test_a_break_needs_a_major_bump_and_a_base_must_exist(shop: GitRepository) -> None:
    shop.write("shop.py", "def sell(): ...\n")
    skipped = ("--skip-tests", "--skip-build")
    assert keeper(shop, *skipped, "--bump-type", "minor")[0] == 1
    assert keeper(shop, *skipped, "--base-branch", "nope")[0] == 2
    assert shop.git("status", "--porcelain") == " M shop.py\n"
    assert keeper(shop, *skipped, "--bump-type", "major")[0] == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("lint_only",), []),
        (("comprehensive_lint", "detect_duplicates"), ["--profile", "full"]),
        (
            ("quick_check", "exclude_duplicates"),
            ["--profile", "fast", "--skip-tools", "duplicates"],
        ),
        (("detect_duplicates", "check_connections"), ["--tools", "duplicates,imports"]),
        (("real_issues_only",), ["--fail-on", "error"]),
    ],
)
def test_looks_at_the_code_are_scans(given: tuple[str, ...], words: list[str]) -> None:
    options = dict.fromkeys(_FLAGS, False) | dict.fromkeys(given, True)
    options |= {"output_format": "json", "output_file": None}  # type: ignore[dict-item]
    assert scan_words(options) == ["scan", ".", "--format", "json", *words]
