from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline_mcp.errors import WorkspaceError
from pipeline_mcp.workspace.confine import confine_file, is_plain_path, resolve_workspace


def test_a_directory_is_a_workspace_and_its_links_are_resolved(directory: Path) -> None:
    link = directory.parent / "link"
    link.symlink_to(directory)
    assert resolve_workspace(link, ()) == directory
    assert resolve_workspace(str(directory), (directory.parent,)) == directory
    assert resolve_workspace(directory, (directory,)) == directory


def test_a_relative_path_starts_where_the_program_runs(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(directory)
    assert resolve_workspace(".", ()) == directory


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="nowhere does not exist"):
        resolve_workspace(tmp_path / "nowhere", ())


def test_a_file_is_no_workspace_and_the_next_step_says_what_to_do(directory: Path) -> None:
    file = directory / "a.py"
    file.touch()
    with pytest.raises(WorkspaceError, match=r"a\.py is a file") as caught:
        resolve_workspace(file, ())
    assert "--files" in (caught.value.next_step or "")


def test_outside_the_roots_nothing_is_told(directory: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    for path in (directory, tmp_path / "nowhere", root / ".." / "directory"):
        with pytest.raises(WorkspaceError, match="outside the allowed roots") as caught:
            resolve_workspace(path, (root,))
        assert "PIPELINE_WORKSPACES" in (caught.value.next_step or "")


def test_a_root_is_no_prefix_of_its_neighbours_name(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root-2").mkdir()
    with pytest.raises(WorkspaceError, match="outside"):
        resolve_workspace(tmp_path / "root-2", (tmp_path / "root",))


def test_a_link_out_of_the_roots_is_outside(directory: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(directory)
    with pytest.raises(WorkspaceError, match="outside the allowed roots"):
        resolve_workspace(root / "link", (root,))


def test_a_root_that_is_a_link_means_its_target(directory: Path) -> None:
    link = directory.parent / "link"
    link.symlink_to(directory)
    assert resolve_workspace(directory, (link,)) == directory


def test_a_loop_of_links_is_a_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    with pytest.raises(WorkspaceError, match="one cannot be"):
        resolve_workspace(tmp_path / "one", ())


@pytest.mark.parametrize("path", ["a\0b", "~no-such-user-here/x"])
def test_paths_that_no_system_call_would_take(path: str) -> None:
    with pytest.raises(WorkspaceError, match="cannot be found"):
        resolve_workspace(path, ())


def test_a_workspace_whose_own_path_is_not_utf8(tmp_path: Path) -> None:
    workspace = tmp_path / os.fsdecode(b"caf\xe9")
    workspace.mkdir()
    with pytest.raises(WorkspaceError, match="not UTF-8"):
        resolve_workspace(workspace, ())


def test_an_unreadable_directory(unprivileged: Path) -> None:
    closed = unprivileged / "closed"
    closed.mkdir(mode=0o000)
    with pytest.raises(WorkspaceError, match="cannot be read: permission denied"):
        resolve_workspace(closed, ())


def test_a_bare_repository_has_no_files(git_repository, tmp_path: Path) -> None:
    git_repository({"a.py": "x\n"}).git("clone", "--quiet", "--bare", ".", str(tmp_path / "b.git"))
    with pytest.raises(WorkspaceError, match="bare git repository"):
        resolve_workspace(tmp_path / "b.git", ())


def test_a_git_directory_is_no_workspace(git_repository) -> None:
    repository = git_repository({"a.py": "x\n"})
    for path in (repository.path / ".git", repository.path / ".git" / "refs"):
        with pytest.raises(WorkspaceError, match="git directory"):
            resolve_workspace(path, ())
    assert resolve_workspace(repository.path, ()) == repository.path


def test_a_file_is_named_relative_to_the_workspace(directory: Path) -> None:
    (directory / "sub").mkdir()
    (directory / "sub" / "a.py").touch()
    assert confine_file(directory, "sub/a.py") == "sub/a.py"
    assert confine_file(directory, "./sub/../sub/a.py") == "sub/a.py"
    assert confine_file(directory, directory / "sub" / "a.py") == "sub/a.py"


def test_files_that_may_not_be_named(directory: Path) -> None:
    (directory / ".git").mkdir()
    (directory / ".git" / "config").touch()
    (directory.parent / "secret").touch()
    (directory / "link").symlink_to(directory.parent / "secret")
    for path, problem in {
        "nowhere.py": "does not exist",
        "../secret": "outside the workspace",
        "/etc/passwd": "outside the workspace",
        "link": "outside the workspace",
        ".git/config": "git's own",
        ".": "is a directory",
        "a\0": "cannot be found",
    }.items():
        with pytest.raises(WorkspaceError, match=problem):
            confine_file(directory, path)


@pytest.mark.parametrize(
    "path",
    ["", "/a", "a//b", "a/", "../a", "a/../b", ".", "a/./b", ".git/x", "a/.GIT", "a\0", "\udce9"],
)
def test_paths_that_no_manifest_may_have(path: str) -> None:
    assert not is_plain_path(path)


@pytest.mark.parametrize(
    "path", ["a", ".gitignore", "a/.github/b", "-rf", "a b\n", "é/ü", "..a/b.."]
)
def test_odd_paths_that_are_fine(path: str) -> None:
    assert is_plain_path(path)
