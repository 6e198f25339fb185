from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pipeline_mcp.domain.snapshot import ManifestRow, Snapshot
from pipeline_mcp.errors import WorkspaceError
from pipeline_mcp.workspace.local_store import LocalBlobStore
from pipeline_mcp.workspace.snapshot import SnapshotLimits, take_snapshot

Take = Callable[..., Snapshot]


def _paths(snapshot: Snapshot) -> list[str]:
    return [row.path for row in snapshot.rows]


def _reasons(snapshot: Snapshot) -> dict[str, str]:
    return {skipped.path: skipped.reason for skipped in snapshot.skipped}


def test_a_dirty_work_tree_is_pictured_as_it_lies_there(
    git_repository, take: Take, store: LocalBlobStore
) -> None:
    repository = git_repository({"kept.py": "1\n", "changed.py": "1\n", "gone.py": "1\n"})
    repository.write("changed.py", "2\n")
    repository.write("new.py", "3\n")
    repository.write("staged.py", "4\n")
    repository.git("add", "staged.py")
    (repository.path / "gone.py").unlink()
    snapshot = take(repository.path)
    contents = {row.path: store.get(row.sha256) for row in snapshot.rows}
    assert contents == {
        "changed.py": b"2\n",
        "kept.py": b"1\n",
        "new.py": b"3\n",
        "staged.py": b"4\n",
    }
    assert snapshot.skipped == ()


def test_a_row_has_the_files_mode_hash_and_size(directory: Path, take: Take) -> None:
    (directory / "a.py").write_bytes(b"abc")
    (directory / "a.py").chmod(0o600)
    (directory / "run").write_bytes(b"")
    (directory / "run").chmod(0o700)
    (directory / "group").write_bytes(b"")
    (directory / "group").chmod(0o474)
    empty = hashlib.sha256(b"").hexdigest()
    assert take(directory).rows == (
        ManifestRow("a.py", 0o644, hashlib.sha256(b"abc").hexdigest(), 3),
        ManifestRow("group", 0o644, empty, 0),
        ManifestRow("run", 0o755, empty, 0),
    )


def test_equal_workspaces_have_equal_snapshots(git_repository, directory: Path, take: Take) -> None:
    repository = git_repository({"b.py": "2\n", "a.py": "1\n"})
    (directory / "a.py").write_text("1\n")
    (directory / "b.py").write_text("2\n")
    first = take(directory)
    assert take(repository.path).id == first.id
    (directory / "b.py").chmod(0o755)
    assert take(directory).id != first.id


def test_an_empty_directory_has_a_snapshot_without_files(directory: Path, take: Take) -> None:
    snapshot = take(directory)
    assert snapshot.rows == ()
    assert snapshot.id == hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize("with_git", [True, False])
def test_odd_names(git_repository, directory: Path, take: Take, with_git: bool) -> None:
    names = ["-rf.py", "a b.py", "tab\t.py", "new\nline.py", "é\u0301.py", "日本/语.py", '"q"\\.py']
    workspace = git_repository().path if with_git else directory
    for name in names:
        (workspace / name).parent.mkdir(exist_ok=True)
        (workspace / name).write_text(name)
    assert sorted(_paths(take(workspace))) == sorted(names)


def test_a_name_that_is_not_utf8_is_skipped_and_said(
    git_repository, directory: Path, take: Take
) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    repository = git_repository()
    for workspace in (directory, repository.path):
        (workspace / name).touch()
        snapshot = take(workspace)
        assert snapshot.rows == ()
        assert _reasons(snapshot) == {r"caf\xe9.py": "its name is not UTF-8"}


def test_contents_are_kept_byte_for_byte(git_repository, take: Take, store: LocalBlobStore) -> None:
    repository = git_repository()
    repository.git("config", "core.autocrlf", "true")
    contents = {
        ".gitattributes": b"* text=auto eol=lf\n",
        "crlf.py": b"x = 1\r\ny = 2\r\n",
        "invalid.py": b"# \xff\xfe\n",
        "no-newline": b"x",
        "nul": b"\0" * 100,
    }
    for name, content in contents.items():
        repository.write(name, content)
    snapshot = take(repository.path)
    assert {row.path: store.get(row.sha256) for row in snapshot.rows} == contents


def test_links_are_never_followed(directory: Path, take: Take, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("secret\n")
    (directory / "a.py").touch()
    for name, target in {
        "in": "a.py",
        "out": outside / "secret.py",
        "out-directory": outside,
        "dangling": "nowhere",
        "loop": "loop",
        "self": ".",
    }.items():
        (directory / name).symlink_to(target)
    snapshot = take(directory)
    assert _paths(snapshot) == ["a.py"]
    links = ["dangling", "in", "loop", "out", "out-directory", "self"]
    assert _reasons(snapshot) == dict.fromkeys(links, "it is a symbolic link")


def test_a_tracked_directory_that_became_a_link_leads_nowhere(
    git_repository, take: Take, tmp_path: Path
) -> None:
    repository = git_repository({"sub/a.py": "x\n"})
    outside = tmp_path / "outside"
    (repository.path / "sub").rename(outside)
    (repository.path / "sub").symlink_to(outside)
    snapshot = take(repository.path)
    assert snapshot.rows == ()
    assert _reasons(snapshot) == {"sub": "it is a symbolic link"}


def test_pipes_sockets_and_devices_are_skipped_and_said(directory: Path, take: Take) -> None:
    os.mkfifo(directory / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        descriptor = os.open(directory, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{descriptor}/socket")
        os.close(descriptor)
    expected = {"pipe": "it is a named pipe", "socket": "it is a socket"}
    if os.geteuid() == 0:
        os.mknod(directory / "null", 0o20666, os.makedev(1, 3))
        expected["null"] = "it is a device"
    snapshot = take(directory)
    assert snapshot.rows == ()
    assert _reasons(snapshot) == expected


def test_a_tracked_file_that_became_a_pipe_does_not_hang(git_repository, take: Take) -> None:
    repository = git_repository({"a.py": "x\n"})
    (repository.path / "a.py").unlink()
    os.mkfifo(repository.path / "a.py")
    assert _reasons(take(repository.path)) == {"a.py": "it is a named pipe"}


def test_submodules_and_nested_repositories_are_skipped_and_said(
    git_repository, take: Take
) -> None:
    library = git_repository({"lib.py": "x\n"}, name="library")
    repository = git_repository({"a.py": "x\n"})
    allow = ("-c", "protocol.file.allow=always")
    repository.git(*allow, "submodule", "--quiet", "add", str(library.path), "module")
    git_repository({"b.py": "x\n"}, name="repository/nested")
    snapshot = take(repository.path)
    assert _paths(snapshot) == [".gitmodules", "a.py"]
    reason = "git lists it as one entry: a submodule or another repository"
    assert _reasons(snapshot) == {"module": reason, "nested": reason}
    assert _paths(take(repository.path / "module")) == ["lib.py"]


def test_an_unreadable_file_is_skipped_and_said(unprivileged: Path) -> None:
    workspace = unprivileged / "workspace"
    workspace.mkdir()
    (workspace / "closed.py").touch(mode=0o000)
    (workspace / "open.py").touch()
    store = LocalBlobStore(unprivileged / "blobs")
    snapshot = take_snapshot(workspace, store, limits=SnapshotLimits(10, 100))
    assert _paths(snapshot) == ["open.py"]
    assert _reasons(snapshot) == {"closed.py": "it cannot be read: permission denied"}


def test_a_file_of_50_mb_is_over_the_limit_and_said(directory: Path, take: Take) -> None:
    with (directory / "large.bin").open("wb") as file:
        file.truncate(50_000_000)
    (directory / "a.py").touch()
    snapshot = take(directory)
    assert _paths(snapshot) == ["a.py"]
    assert "larger than 10485760 bytes" in _reasons(snapshot)["large.bin"]
    assert "PIPELINE_MAX_FILE_BYTES" in _reasons(snapshot)["large.bin"]


def test_the_limit_itself_is_allowed(directory: Path, store: LocalBlobStore) -> None:
    content = os.urandom(50_000_000)
    (directory / "large.bin").write_bytes(content)
    row = take_snapshot(directory, store, limits=SnapshotLimits(10, len(content))).rows[0]
    assert row.size == len(content)
    assert store.get(row.sha256) == content
    smaller = take_snapshot(directory, store, limits=SnapshotLimits(10, len(content) - 1))
    assert list(_reasons(smaller)) == ["large.bin"]


def test_ten_thousand_tiny_files(git_repository, take: Take, store: LocalBlobStore) -> None:
    repository = git_repository()
    for number in range(100):
        (repository.path / f"d{number}").mkdir()
        for other in range(100):
            (repository.path / f"d{number}" / f"{other}.py").write_text(f"{number} {other}\n")
    snapshot = take(repository.path, max_files=10_000)
    assert len(snapshot.rows) == 10_000
    assert store.get(snapshot.rows[-1].sha256) == b"99 99\n"
    with pytest.raises(WorkspaceError, match="more than 9999 files") as caught:
        take(repository.path, max_files=9_999)
    assert "PIPELINE_MAX_FILES" in (caught.value.next_step or "")


def test_files_that_are_not_there_do_not_count(git_repository, take: Take) -> None:
    repository = git_repository({f"{number}.py": "x\n" for number in range(20)})
    for number in range(15):
        (repository.path / f"{number}.py").unlink()
    assert len(take(repository.path, max_files=5).rows) == 5


def test_only_the_named_files_are_pictured(git_repository, take: Take) -> None:
    repository = git_repository({"a.py": "x\n", "b.py": "x\n", "sub/c.py": "x\n"})
    repository.write(".gitignore", "*.log\n")
    repository.write("x.log", "asked for, so it counts\n")
    files = ("sub/c.py", "./a.py", "a.py", "x.log")
    assert _paths(take(repository.path, files=files)) == ["a.py", "sub/c.py", "x.log"]
    with pytest.raises(WorkspaceError, match=r"z\.py does not exist"):
        take(repository.path, files=("z.py",))


def test_a_workspace_that_vanished_is_an_error(directory: Path, take: Take) -> None:
    directory.rmdir()
    with pytest.raises(WorkspaceError, match="cannot be read"):
        take(directory)


def test_contents_that_are_known_are_not_stored_again(
    directory: Path, store: LocalBlobStore
) -> None:
    class Counting(LocalBlobStore):
        stored = 0

        def put_many(self, contents: Mapping[str, bytes]) -> None:
            self.stored += len(contents)
            super().put_many(contents)

    counting = Counting(directory.parent / "state" / "blobs")
    for name in ("a.py", "copy.py", "b.py"):
        (directory / name).write_text("one\n" if name != "b.py" else "two\n")
    for _ in range(2):
        take_snapshot(directory, counting, limits=SnapshotLimits(10, 100))
    assert counting.stored == 2
