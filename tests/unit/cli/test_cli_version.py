"""`version` from the command line: exit codes, honest JSON, and a release that loses nothing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fixtures.git import GitRepository, RepositoryFactory
from fixtures.requirements import missing

if TYPE_CHECKING:
    from conftest import Command

FILES: dict[str, str | bytes] = {
    "pyproject.toml": '[project]\r\nname = "shop"\r\nversion = "1.2.0"  # kept\r\n',
    "shop/__init__.py": '__version__ = "1.2.0"\ndef sell(a, b=1): ...\n',
    "CHANGELOG.md": "# News\n\n## [Unreleased]\n\n- A thing.\n\n## [1.2.0] - 2026-01-01\n\n- It.\n",
    "other.txt": "other\n",
}
PHASE_1 = ("version", "timestamp", "branch", "quality_checks", "test_results", "compatibility")
PHASE_1 += ("overall_status", "recommendations")


@pytest.fixture
def shop(git_repository: RepositoryFactory, state_dir: Path) -> GitRepository:
    repository = git_repository(FILES)
    repository.git("tag", "v1.2.0")
    return repository


def test_a_check_tells_everything_and_claims_nothing_it_did_not_do(
    shop: GitRepository, pipeline: Command
) -> None:
    answer = pipeline("version", "check", str(shop.path), "--format", "json")
    told = json.loads(answer.out)
    assert answer.code == 0
    assert set(PHASE_1) <= told.keys()
    assert (told["version"], told["branch"], told["agree"]) == ("1.2.0", "main", True)
    assert [place["line"] for place in told["places"]] == [3, 1]
    assert told["tag"]["exists"] is True
    assert told["changelog"]["has_entry"] is True
    assert told["compatibility"] == {
        "breaking_changes": None,
        "api_changes": None,
        "template_changes": None,
        "upgrade_module_changes": None,
        "compatible": None,
    }
    assert (told["quality_checks"], told["test_results"]) == ({}, {})
    assert told["not_run"].keys() == {"quality_checks", "test_results"}


def test_a_break_fails_until_the_version_says_so(shop: GitRepository, pipeline: Command) -> None:
    shop.write("shop/__init__.py", '__version__ = "1.2.0"\ndef sell(a, b=2): ...\n')
    failed = pipeline("version", "check", str(shop.path), "--base", "v1.2.0", "--format", "json")
    told = json.loads(failed.out)
    assert failed.code == 1
    assert told["compatibility"]["compatible"] is False
    change = told["compatibility"]["breaking_changes"][0]
    assert (change["path"], change["line"]) == ("shop/__init__.py", 2)
    assert (change["old"], change["new"]) == ("def sell(a, b=1)", "def sell(a, b=2)")
    assert told["suggestion"]["version"] == "2.0.0"
    assert pipeline("version", "api-diff", "v1.2.0", str(shop.path)).code == 1
    assert pipeline("version", "api-diff", "v1.2.0..HEAD", str(shop.path)).code == 0
    assert pipeline("version", "bump", "auto", str(shop.path)).code == 0
    passed = pipeline("version", "check", str(shop.path), "--base", "v1.2.0")
    assert passed.code == 0
    assert "not compatible with v1.2.0" in passed.out


def test_a_missing_base_is_a_mistake_and_an_unread_file_is_incomplete(
    shop: GitRepository, pipeline: Command
) -> None:
    missing = pipeline("version", "check", str(shop.path), "--base", "origin/main")
    assert (missing.code, missing.out) == (2, "")
    assert "origin/main does not exist" in missing.err
    shop.write("shop/new.py", "def broken(:\n")
    unread = pipeline("version", "check", str(shop.path), "--base", "HEAD", "--format", "json")
    assert unread.code == 3
    told = json.loads(unread.out)
    assert (told["overall_status"], told["compatibility"]["compatible"]) == ("incomplete", None)
    assert pipeline("version", "bump", "auto", str(shop.path)).code == 3


def test_a_dry_run_prints_what_git_applies_and_writes_nothing(
    shop: GitRepository, pipeline: Command
) -> None:
    answer = pipeline("version", "bump", "minor", str(shop.path), "--dry-run", "--format", "json")
    diff = json.loads(answer.out)["diff"]
    assert shop.git("status", "--porcelain") == ""
    subprocess.run(["git", "apply", "-"], cwd=shop.path, input=diff.encode(), check=True)
    applied = {name: (shop.path / name).read_bytes() for name in FILES}
    shop.git("checkout", "--", ".")
    assert pipeline("version", "bump", "minor", str(shop.path)).code == 0
    assert {name: (shop.path / name).read_bytes() for name in FILES} == applied
    assert (
        applied["pyproject.toml"] == str(FILES["pyproject.toml"]).replace("1.2.0", "1.3.0").encode()
    )


def test_a_release_commits_its_own_files_alone_and_tags_them(
    shop: GitRepository, pipeline: Command
) -> None:
    hook = shop.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    shop.write("other.txt", "mine\n")
    shop.write("new.txt", "mine too\n")
    shop.git("add", "other.txt")
    answer = pipeline("version", "bump", "minor", str(shop.path), "--commit", "--tag")
    assert answer.code == 0, answer.err
    files = shop.git("show", "--name-only", "--format=%an|%s", "HEAD").split("\n")
    assert files[0] == "Ada|Release 1.3.0"
    assert set(files[2:]) == {"CHANGELOG.md", "pyproject.toml", "shop/__init__.py", ""}
    assert shop.git("status", "--porcelain") == "M  other.txt\n?? new.txt\n"
    assert shop.git("rev-parse", "v1.3.0^{commit}") == shop.git("rev-parse", "HEAD")
    assert shop.git("cat-file", "-t", "v1.3.0").strip() == "tag"
    skipped = ("--release", "--skip-build", "--skip-tests")
    ready = pipeline("version", "check", str(shop.path), *skipped)
    assert ready.code == 0, ready.out
    untrusted = pipeline("version", "check", str(shop.path), "--release", "--format", "json")
    assert untrusted.code == 3
    assert "not trusted" in json.loads(untrusted.out)["unknown"][0]


def test_a_release_is_built_with_what_the_index_has(
    git_repository: RepositoryFactory, state_dir: Path, pipeline: Command
) -> None:
    """The one test that needs a package index, for a backend that everybody uses."""
    pyproject = """\
[build-system]
requires = ["flit_core>=3.11"]
build-backend = "flit_core.buildapi"

[project]
name = "shop"
version = "1.2.0"
description = "A shop"
"""
    repository = git_repository({**FILES, "pyproject.toml": pyproject})
    options = ("--release", "--trust", "--skip-tests", "--format", "json")
    answer = pipeline("version", "check", str(repository.path), *options)
    told = json.loads(answer.out)
    if any("package index cannot be reached" in each for each in told["unknown"]):
        missing("a package index that can be reached")
    assert answer.code == 0, told["release"]
    assert [each["outcome"] for each in told["release"]["steps"]] == ["passed"] * 5 + ["skipped"]
    assert len(told["release"]["artifacts"]) == 2
    assert told["test_results"] == {"skipped": True}
    assert repository.git("status", "--porcelain", "--ignored") == ""


def test_what_would_mix_or_overwrite_is_refused_before_anything_is_written(
    shop: GitRepository, pipeline: Command
) -> None:
    shop.git("tag", "v1.3.0")
    taken = pipeline("version", "bump", "minor", str(shop.path), "--commit", "--tag")
    assert "tag v1.3.0 exists already" in taken.err
    bare = pipeline("version", "bump", "minor", str(shop.path), "--tag")
    assert "--tag needs --commit" in bare.err
    shop.write("shop/__init__.py", '__version__ = "1.2.0"\ndef mine(): ...\n')
    mixed = pipeline("version", "bump", "minor", str(shop.path), "--commit")
    assert "shop/__init__.py has changes" in mixed.err
    assert (taken.code, bare.code, mixed.code) == (2, 2, 2)
    assert shop.git("status", "--porcelain") == " M shop/__init__.py\n"


def test_no_changelog_is_written_outside_of_the_project(
    shop: GitRepository, pipeline: Command, tmp_path: Path
) -> None:
    (shop.path / "docs").symlink_to(tmp_path)
    for path in ("docs/NEWS.md", ".git/NEWS.md"):
        shop.write("pipeline.yaml", f"versioning: {{changelog: {path}}}\n")
        answer = pipeline("version", "bump", "minor", str(shop.path))
        assert answer.code == 2, path
        assert "not inside of the project" in answer.err
    assert not (tmp_path / "NEWS.md").exists()
    assert (shop.path / "pyproject.toml").read_bytes() == str(FILES["pyproject.toml"]).encode()


def test_auto_follows_the_commits_and_does_nothing_where_nothing_asks(
    shop: GitRepository, pipeline: Command
) -> None:
    idle = pipeline("version", "bump", "auto", str(shop.path))
    assert (idle.code, shop.git("status", "--porcelain")) == (0, "")
    assert "Nothing since v1.2.0 asks for a new version" in idle.err
    shop.write("other.txt", "fixed\n")
    shop.commit("fix: mend it")
    shop.commit("docs: tell of it")
    answer = pipeline("version", "bump", "auto", str(shop.path), "--dry-run", "--format", "json")
    assert json.loads(answer.out)["new"] == "1.2.1"
    assert pipeline("version", "changelog", str(shop.path)).out == "### Fixed\n\n- mend it\n"


def test_a_repository_cannot_move_the_cursor(shop: GitRepository, pipeline: Command) -> None:
    shop.write("shop/__init__.py", '__version__ = "1.\x1b[2J\u202e"\ndef sell(a="\x1b[31m"): ...\n')
    answer = pipeline("version", "check", str(shop.path), "--base", "HEAD")
    assert answer.code == 1
    assert "\x1b" not in answer.out + answer.err
    assert "\u202e" not in answer.out + answer.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("bump",),
        ("bump", "huge"),
        ("bump", "minor", ".", "--to", "2"),
        ("bump", "minor", ".", "--pre", "a"),
        ("bump", "--to", "latest"),
        ("api-diff", ".."),
        ("check", "no-such-directory"),
        ("check", ".", "--trust"),
    ],
)
def test_mistakes_are_told(pipeline: Command, state_dir: Path, arguments: tuple[str, ...]) -> None:
    answer = pipeline("version", *arguments)
    assert answer.code == 2
    assert answer.out == ""
