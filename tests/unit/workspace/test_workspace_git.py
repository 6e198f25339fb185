from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pipeline_mcp.workspace.git import work_tree_of
from pipeline_mcp.workspace.walk import list_files


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program that leaves a mark when it runs; `trap.parent / "sprung"` is the mark."""
    program = tmp_path / "trap"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path}/sprung'\nexit 1\n")
    program.chmod(0o755)
    return program


def _listed(workspace: Path) -> list[str]:
    return sorted(list_files(workspace, max_files=1000).paths)


def _springs(trap: Path, workspace: Path) -> bool:
    """Whether plain git would run the trap: a trap that never springs proves nothing."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    subprocess.run(command, cwd=workspace, capture_output=True, check=False)
    mark = trap.parent / "sprung"
    sprung = mark.exists()
    mark.unlink(missing_ok=True)
    return sprung


def test_a_file_system_monitor_does_not_run(git_repository, trap: Path) -> None:
    repository = git_repository({"a.py": "x\n"})
    repository.git("config", "core.fsmonitor", str(trap))
    assert _springs(trap, repository.path)
    assert _listed(repository.path) == ["a.py"]
    assert not (trap.parent / "sprung").exists()


@pytest.mark.parametrize("transport", ["ext", "ssh", "helper"])
def test_a_missing_ignore_file_of_a_partial_clone_is_not_fetched(
    git_repository, trap: Path, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    repository = git_repository({"sub/.gitignore": "*.log\n", "sub/a.py": "x\n"})
    blob = repository.git("rev-parse", "HEAD:sub/.gitignore").strip()
    repository.git("update-index", "--skip-worktree", "sub/.gitignore")
    (repository.path / "sub" / ".gitignore").unlink()
    (repository.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    repository.write("sub/new.py", "x\n")  # whether it is ignored is what git now wants to know
    helper = trap.rename(trap.with_name("git-remote-trap"))
    monkeypatch.setenv("PATH", f"{helper.parent}{os.pathsep}{os.environ['PATH']}")
    url = {"ext": f"ext::{helper}", "ssh": "ssh://host/path", "helper": "trap::x"}[transport]
    for key, value in {
        "remote.origin.url": url,
        "remote.origin.promisor": "true",
        "protocol.allow": "always",
        "protocol.ext.allow": "always",
        "core.sshCommand": str(helper),
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
    }.items():
        repository.git("config", key, value)
    assert _springs(helper, repository.path)
    assert _listed(repository.path) == ["sub/.gitignore", "sub/a.py", "sub/new.py"]
    assert not (helper.parent / "sprung").exists()


def test_nothing_that_a_configuration_can_name_runs(git_repository, trap: Path) -> None:
    repository = git_repository(
        {"a.py": "x\n", ".gitattributes": "* filter=trap diff=trap merge=trap\n"}
    )
    for hook in ("post-index-change", "post-checkout", "pre-commit", "fsmonitor-watchman"):
        (repository.path / ".git" / "hooks").mkdir(exist_ok=True)
        (repository.path / ".git" / "hooks" / hook).symlink_to(trap)
    included = repository.path / "included"
    included.write_text(f"[core]\n\tfsmonitor = {trap}\n")
    for key, value in {
        "include.path": str(included),
        "filter.trap.clean": str(trap),
        "filter.trap.smudge": str(trap),
        "filter.trap.process": str(trap),
        "diff.trap.textconv": str(trap),
        "diff.external": str(trap),
        "alias.ls-files": f"!{trap}",
        "core.pager": str(trap),
        "pager.ls-files": str(trap),
        "core.hooksPath": str(repository.path / ".git" / "hooks"),
        "core.sshCommand": str(trap),
        "core.editor": str(trap),
        "credential.helper": str(trap),
    }.items():
        repository.git("config", key, value)
    (repository.path / "a.py").write_text("changed, of another size\n")
    assert _springs(trap, repository.path)
    assert _listed(repository.path) == [".gitattributes", "a.py", "included"]
    assert not (trap.parent / "sprung").exists()


def test_a_configured_work_tree_elsewhere_is_not_listed(git_repository, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "secret").touch()
    repository = git_repository({"a.py": "x\n"})
    repository.git("config", "core.worktree", str(elsewhere))
    assert _listed(repository.path) == ["a.py"]


def test_variables_of_the_caller_do_not_reach_git(
    git_repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = git_repository({"other.py": "x\n"}, name="other")
    repository = git_repository({"a.py": "x\n"})
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git" / "index"))
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    assert _listed(repository.path) == ["a.py"]
    assert not (tmp_path / "trace").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_repository_of_another_user_is_read(git_repository) -> None:
    repository = git_repository({"a.py": "x\n"})
    for path in (repository.path, *repository.path.rglob("*")):
        os.chown(path, 12345, 12345)
    assert _listed(repository.path) == ["a.py"]


def test_listing_leaves_the_repository_as_it_is(git_repository) -> None:
    repository = git_repository({"a.py": "x\n"})
    (repository.path / "a.py").touch()
    before = {p: p.stat().st_mtime_ns for p in (repository.path / ".git").rglob("*")}
    _listed(repository.path)
    assert {p: p.stat().st_mtime_ns for p in (repository.path / ".git").rglob("*")} == before


def test_a_program_in_the_working_directory_is_not_taken_for_git(
    git_repository, trap: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = git_repository({"a.py": "x\n"})
    trap.rename(repository.path / "git")
    monkeypatch.chdir(repository.path)
    monkeypatch.setenv("PATH", os.pathsep.join(["", ".", os.environ["PATH"]]))
    assert _listed(repository.path) == ["a.py", "git"]
    assert not (trap.parent / "sprung").exists()


def test_the_nearest_repository_counts(git_repository) -> None:
    outer = git_repository({"sub/a.py": "x\n"})
    inner = git_repository({"b.py": "x\n"}, name="repository/inner")
    found = {path: work_tree_of(path) for path in (outer.path / "sub", inner.path)}
    assert [tree and tree.root for tree in found.values()] == [outer.path, inner.path]


def test_an_empty_git_directory_is_no_repository(directory: Path) -> None:
    (directory / ".git").mkdir()
    (directory / "a.py").touch()
    assert work_tree_of(directory) is None
    assert _listed(directory) == ["a.py"]
