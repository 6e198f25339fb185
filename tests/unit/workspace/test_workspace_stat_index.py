from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline_mcp.domain.snapshot import Snapshot
from pipeline_mcp.errors import ServiceError
from pipeline_mcp.workspace.local_store import LocalBlobStore
from pipeline_mcp.workspace.snapshot import SnapshotLimits, take_snapshot
from pipeline_mcp.workspace.stat_index import StatIndex

TAKEN_AT = 2_000_000_000 * 10**9


def _state(mtime_ns: int, *, ctime_ns: int | None = None, size: int = 1) -> os.stat_result:
    """What `stat` gives for a file with these times; the change time cannot be set for real."""
    seconds = mtime_ns // 10**9
    ten = (0o100644, 7, 1, 1, 0, 0, size, seconds, seconds, seconds)
    ctime = mtime_ns if ctime_ns is None else ctime_ns
    more = {
        "st_atime_ns": mtime_ns,
        "st_mtime_ns": mtime_ns,
        "st_ctime_ns": ctime,
    }
    return os.stat_result(ten, more)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "indexes" / "one"


def test_a_file_that_did_not_change_is_known_to_the_next_process(file: Path) -> None:
    state = _state(TAKEN_AT - 3 * 10**9)
    StatIndex(file).replace({"a.py": (state, "5ha")}, taken_at_ns=TAKEN_AT, keep=False)
    index = StatIndex(file)
    assert index.lookup("a.py", state) == "5ha"
    assert index.lookup("b.py", state) is None


@pytest.mark.parametrize(
    "changed",
    [
        _state(TAKEN_AT - 3 * 10**9 + 1),
        _state(TAKEN_AT - 3 * 10**9, size=2),
        _state(TAKEN_AT - 3 * 10**9, ctime_ns=TAKEN_AT),
    ],
)
def test_any_change_of_the_state_counts(file: Path, changed: os.stat_result) -> None:
    index = StatIndex(file)
    index.replace({"a.py": (_state(TAKEN_AT - 3 * 10**9), "5ha")}, taken_at_ns=TAKEN_AT, keep=False)
    assert index.lookup("a.py", changed) is None


@pytest.mark.parametrize("late", ["mtime", "ctime"])
def test_a_file_touched_within_two_seconds_is_not_remembered(file: Path, late: str) -> None:
    recent, old = TAKEN_AT - 2 * 10**9, TAKEN_AT - 9 * 10**9
    state = _state(recent) if late == "mtime" else _state(old, ctime_ns=recent)
    index = StatIndex(file)
    index.replace({"a.py": (state, "5ha")}, taken_at_ns=TAKEN_AT, keep=False)
    assert index.lookup("a.py", state) is None


def test_what_was_not_pictured_is_forgotten_unless_kept(file: Path) -> None:
    state = _state(TAKEN_AT - 3 * 10**9)
    index = StatIndex(file)
    index.replace({"a.py": (state, "a")}, taken_at_ns=TAKEN_AT, keep=False)
    index.replace({"b.py": (state, "b")}, taken_at_ns=TAKEN_AT, keep=True)
    assert StatIndex(file).lookup("a.py", state) == "a"
    index.replace({"b.py": (state, "b")}, taken_at_ns=TAKEN_AT, keep=False)
    assert StatIndex(file).lookup("a.py", state) is None
    assert StatIndex(file).lookup("b.py", state) == "b"


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_a_damaged_index_is_ignored_and_replaced(file: Path, damage: bytes | None) -> None:
    state = _state(TAKEN_AT - 3 * 10**9)
    StatIndex(file).replace({"a.py": (state, "5ha")}, taken_at_ns=TAKEN_AT, keep=False)
    file.write_bytes(file.read_bytes()[:-3] if damage is None else damage)
    index = StatIndex(file)
    assert index.lookup("a.py", state) is None
    index.replace({"a.py": (state, "5ha")}, taken_at_ns=TAKEN_AT, keep=False)
    assert StatIndex(file).lookup("a.py", state) == "5ha"


def test_nothing_changed_writes_nothing(file: Path) -> None:
    files = {"a.py": (_state(TAKEN_AT - 3 * 10**9), "5ha")}
    StatIndex(file).replace(files, taken_at_ns=TAKEN_AT, keep=False)
    before = file.stat()
    StatIndex(file).replace(files, taken_at_ns=TAKEN_AT + 10**9, keep=False)
    assert file.stat().st_ino == before.st_ino


def test_every_workspace_has_an_index_of_its_own(tmp_path: Path) -> None:
    state = _state(TAKEN_AT - 3 * 10**9)
    one = StatIndex.for_workspace(tmp_path, Path("/one"))
    one.replace({"a.py": (state, "5ha")}, taken_at_ns=TAKEN_AT, keep=False)
    assert StatIndex.for_workspace(tmp_path, Path("/two")).lookup("a.py", state) is None
    assert StatIndex.for_workspace(tmp_path, Path("/one")).lookup("a.py", state) == "5ha"


def test_an_index_that_cannot_be_written_names_the_state_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    state = _state(TAKEN_AT - 3 * 10**9)
    with pytest.raises(ServiceError, match="state directory") as caught:
        StatIndex(tmp_path / "file" / "one").replace(
            {"a.py": (state, "5ha")}, taken_at_ns=TAKEN_AT, keep=False
        )
    assert "PIPELINE_STATE_DIR" in (caught.value.next_step or "")


class Workspace:
    """A workspace whose file is old enough to be remembered, and the count of its readings."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.file = directory / "a.py"
        self.file.write_text("old\n")
        self.state_dir = directory.parent / "state"
        self.store = LocalBlobStore(self.state_dir / "blobs")
        self.read: list[str] = []
        # The file was made just now; the snapshots are taken as if it were an hour later.
        now = time.time_ns
        monkeypatch.setattr(time, "time_ns", lambda: now() + 3600 * 10**9)
        self._count(monkeypatch)

    def _count(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from pipeline_mcp.workspace import snapshot

        read = snapshot.read

        def counted(directories: object, path: str, limit: int) -> object:
            self.read.append(path)
            return read(directories, path, limit)

        monkeypatch.setattr(snapshot, "read", counted)

    def take(self, **options: object) -> Snapshot:
        workspace = self.file.parent
        self.read.clear()
        return take_snapshot(
            workspace,
            self.store,
            limits=SnapshotLimits(10, 1000),
            index=StatIndex.for_workspace(self.state_dir, workspace),
            **options,
        )


@pytest.fixture
def workspace(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    return Workspace(directory, monkeypatch)


def test_an_unchanged_file_is_read_once(workspace: Workspace) -> None:
    first = workspace.take()
    assert workspace.read == ["a.py"]
    assert workspace.take() == first
    assert workspace.read == []


def test_a_changed_file_of_the_same_size_and_time_is_read_again(workspace: Workspace) -> None:
    workspace.take()
    was = workspace.file.stat()
    workspace.file.write_text("new\n")
    os.utime(workspace.file, ns=(was.st_atime_ns, was.st_mtime_ns))
    row = workspace.take().rows[0]
    assert workspace.store.get(row.sha256) == b"new\n"


def test_a_changed_mode_is_seen_although_the_content_is_known(workspace: Workspace) -> None:
    workspace.take()
    workspace.file.chmod(0o755)
    assert workspace.take().rows[0].mode == 0o755


def test_a_file_whose_blob_was_collected_is_read_again(workspace: Workspace) -> None:
    sha256 = workspace.take().rows[0].sha256
    for blob in (workspace.state_dir / "blobs").rglob("*"):
        if blob.is_file():
            blob.unlink()
    workspace.take()
    assert workspace.read == ["a.py"]
    assert workspace.store.get(sha256) == b"old\n"


def test_a_snapshot_of_named_files_forgets_no_other(workspace: Workspace) -> None:
    (workspace.file.parent / "b.py").touch()
    workspace.take()
    workspace.take(files=("b.py",))
    workspace.take()
    assert workspace.read == []


def test_a_file_written_a_moment_ago_is_read_twice(
    directory: Path, store: LocalBlobStore, make_index: Callable[[], StatIndex]
) -> None:
    (directory / "a.py").write_text("old\n")
    take_snapshot(directory, store, limits=SnapshotLimits(10, 100), index=make_index())
    state = (directory / "a.py").stat()
    assert make_index().lookup("a.py", state) is None


@pytest.fixture
def make_index(file: Path) -> Callable[[], StatIndex]:
    return lambda: StatIndex(file)
