from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from pipeline_mcp.domain.snapshot import SkippedFile
from pipeline_mcp.errors import WorkspaceError
from pipeline_mcp.workspace.walk import exclusion, list_files


def _listed(workspace: Path, *exclude: str) -> list[str]:
    return sorted(list_files(workspace, exclude=exclude, max_files=1000).paths)


def test_git_lists_what_is_tracked_and_what_is_not_ignored(git_repository) -> None:
    repository = git_repository({"a.py": "x\n", ".gitignore": "*.log\n", "kept.py": "x\n"})
    repository.write("new.py", "x\n")
    repository.write("ignored.log", "x\n")
    repository.write("kept.py", "changed\n")
    assert _listed(repository.path) == [".gitignore", "a.py", "kept.py", "new.py"]


def test_a_tracked_file_counts_although_it_is_ignored(git_repository) -> None:
    repository = git_repository({"build/a.py": "x\n"})
    repository.write(".gitignore", "build/\n")
    repository.write("build/b.py", "x\n")
    assert _listed(repository.path) == [".gitignore", "build/a.py"]


def test_a_repository_with_no_commit(git_repository) -> None:
    repository = git_repository()
    assert _listed(repository.path) == []
    repository.write("a.py", "x\n")
    repository.write("b.py", "x\n")
    repository.git("add", "b.py")
    assert _listed(repository.path) == ["a.py", "b.py"]


def test_a_subdirectory_is_listed_alone(git_repository) -> None:
    repository = git_repository({"a.py": "x\n", "sub/b.py": "x\n", ".gitignore": "*.log\n"})
    repository.write("sub/new.py", "x\n")
    repository.write("sub/x.log", "x\n")
    assert _listed(repository.path / "sub") == ["b.py", "new.py"]


def test_a_directory_that_its_repository_ignores_is_walked(git_repository) -> None:
    repository = git_repository({".gitignore": "build/\n*.log\n"})
    repository.write("build/:(top)/a.py", "x\n")
    repository.write("logs/x.log", "x\n")
    assert _listed(repository.path / "build" / ":(top)") == ["a.py"]
    # This one is not ignored, only all that is in it.
    assert _listed(repository.path / "logs") == []


def test_a_linked_work_tree(git_repository) -> None:
    repository = git_repository({"a.py": "x\n"})
    linked = repository.path.parent / "linked"
    repository.git("worktree", "add", "--quiet", str(linked))
    (linked / "b.py").touch()
    assert (linked / ".git").is_file()
    assert _listed(linked) == ["a.py", "b.py"]
    assert _listed(repository.path) == ["a.py"]


def test_a_work_tree_whose_repository_is_gone_is_an_error(git_repository) -> None:
    repository = git_repository({"a.py": "x\n"})
    linked = repository.path.parent / "linked"
    repository.git("worktree", "add", "--quiet", str(linked))
    shutil.rmtree(repository.path)
    with pytest.raises(WorkspaceError, match=r"git cannot list the files .* not a git repository"):
        _listed(linked)


def test_a_broken_index_is_an_error(git_repository) -> None:
    repository = git_repository({"a.py": "x\n"})
    (repository.path / ".git" / "index").write_bytes(b"nonsense" * 20)
    with pytest.raises(WorkspaceError, match="git cannot list") as caught:
        _listed(repository.path)
    assert "git fsck" in (caught.value.next_step or "")


def test_conflicting_versions_are_one_file(git_repository) -> None:
    repository = git_repository({"a.py": "x\n"})
    repository.git("checkout", "--quiet", "-b", "other")
    repository.write("a.py", "y\n")
    repository.commit()
    repository.git("checkout", "--quiet", "main")
    repository.write("a.py", "z\n")
    repository.commit()
    with pytest.raises(Exception, match="merge"):
        repository.git("merge", "other")
    assert list_files(repository.path, max_files=10).paths == ["a.py"]


def test_a_file_that_became_a_directory(git_repository) -> None:
    repository = git_repository({"a": "x\n"})
    (repository.path / "a").unlink()
    repository.write("a/b/c.py", "x\n")
    assert _listed(repository.path) == ["a/b/c.py"]


def test_without_git_every_file_counts_but_junk(
    git_repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository = git_repository({"a.py": "x\n", ".gitignore": "*.log\n"})
    for name in ("x.log", "node_modules/b.js", "sub/__pycache__/c.pyc", "env/lib/d.py"):
        repository.write(name, "x\n")
    repository.write("env/pyvenv.cfg", "home = /usr/bin\n")
    monkeypatch.setattr("sys.executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert _listed(repository.path) == [".gitignore", "a.py", "x.log"]


def test_a_walk_does_not_follow_links_to_directories(directory: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").touch()
    (directory / "out").symlink_to(outside)
    (directory / "loop").symlink_to(".")
    (directory / "a.py").touch()
    assert _listed(directory) == ["a.py", "loop", "out"]


def test_a_walk_stops_when_there_are_too_many(directory: Path) -> None:
    for number in range(11):
        (directory / f"{number}.py").touch()
    with pytest.raises(WorkspaceError, match="more than 10 files") as caught:
        list_files(directory, max_files=10)
    assert "PIPELINE_MAX_FILES" in (caught.value.next_step or "")


def test_very_deep_directories_are_walked(directory: Path) -> None:
    deep = directory.joinpath(*["d"] * 300)
    deep.mkdir(parents=True)
    (deep / "a.py").touch()
    assert _listed(directory, "*.log") == ["d/" * 300 + "a.py"]


@pytest.mark.parametrize("with_git", [True, False])
def test_an_unreadable_directory_is_said(unprivileged: Path, with_git: bool) -> None:
    if with_git:
        (unprivileged / ".git").mkdir()
        for name in ("objects", "refs"):
            (unprivileged / ".git" / name).mkdir()
        (unprivileged / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (unprivileged / "a.py").touch()
    (unprivileged / "closed").mkdir(mode=0o000)
    listing = list_files(unprivileged, max_files=10)
    assert listing.paths == ["a.py"]
    reason = "the directory cannot be read: permission denied"
    assert listing.skipped == [SkippedFile("closed", reason)]


def test_excluded_files_are_left_out_in_git_and_outside(git_repository, directory: Path) -> None:
    files = ["a.py", "docs/b.py", "docs/deep/c.py", "sub/docs/d.py", "sub/e.min.js"]
    repository = git_repository(dict.fromkeys(files, "x\n"))
    for file in files:
        (directory / file).parent.mkdir(parents=True, exist_ok=True)
        (directory / file).touch()
    for workspace in (repository.path, directory):
        assert _listed(workspace, "docs") == ["a.py", "sub/e.min.js"]
        assert _listed(workspace, "sub/docs/", "*.js") == files[:3]
        assert _listed(workspace, "docs/*") == ["a.py", "sub/docs/d.py", "sub/e.min.js"]


def test_a_glob_is_matched_whole() -> None:
    is_excluded = exclusion(("build", "[ab].py"))
    assert [
        path for path in ("build/x", "x/build", "rebuild", "builds/x") if is_excluded(path)
    ] == [
        "build/x",
        "x/build",
    ]
    assert is_excluded("sub/a.py")
    assert not is_excluded("ab.py")


def test_names_that_are_not_utf8_are_listed_as_they_are(directory: Path) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    (directory / name).touch()
    assert _listed(directory) == [name]
