"""Somebody changes the workspace while its snapshot is being taken."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from pipeline_mcp.domain.snapshot import Snapshot
from pipeline_mcp.workspace.directories import Directories
from pipeline_mcp.workspace.local_store import LocalBlobStore
from pipeline_mcp.workspace.reading import read
from pipeline_mcp.workspace.snapshot import SnapshotLimits, take_snapshot
from pipeline_mcp.workspace.stat_index import StatIndex

SECRET = b"secret\n"


class MeddledStore(LocalBlobStore):
    """A store that lets a test act at the moment between looking at the files and reading them."""

    def __init__(self, root: Path, meddle: Callable[[], object]) -> None:
        super().__init__(root)
        self._meddle: Callable[[], object] | None = meddle

    def missing(self, sha256s: Iterable[str]) -> set[str]:
        if self._meddle is not None:
            self._meddle()
            self._meddle = None
        return super().missing(sha256s)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside"
    path.mkdir()
    (path / "a.py").write_bytes(SECRET)
    return path


def _take(directory: Path, meddle: Callable[[], object]) -> Snapshot:
    state = directory.parent / "state"
    store = MeddledStore(state / "blobs", meddle)
    index = StatIndex.for_workspace(state, directory)
    snapshot = take_snapshot(directory, store, limits=SnapshotLimits(10, 1000), index=index)
    assert SECRET not in [store.get(row.sha256) for row in snapshot.rows]
    return snapshot


def test_a_directory_swapped_for_a_link_is_not_followed(directory: Path, outside: Path) -> None:
    (directory / "sub").mkdir()
    (directory / "sub" / "a.py").write_bytes(b"mine\n")
    (directory / "z.py").write_bytes(b"mine\n")  # after it `sub` has to be opened anew

    def swap() -> None:
        (directory / "sub").rename(directory.parent / "moved")
        (directory / "sub").symlink_to(outside)

    assert [row.path for row in _take(directory, swap).rows] == ["z.py"]


def test_a_file_swapped_for_a_link_is_skipped(directory: Path, outside: Path) -> None:
    (directory / "a.py").write_bytes(b"mine\n")

    def swap() -> None:
        (directory / "a.py").unlink()
        (directory / "a.py").symlink_to(outside / "a.py")

    snapshot = _take(directory, swap)
    assert [(one.path, one.reason) for one in snapshot.skipped] == [
        ("a.py", "it is a symbolic link")
    ]


def test_a_file_that_outgrows_the_limit_is_skipped(directory: Path) -> None:
    (directory / "a.py").write_bytes(b"x")
    snapshot = _take(directory, lambda: (directory / "a.py").write_bytes(b"x" * 1001))
    assert "larger than 1000 bytes" in snapshot.skipped[0].reason


def test_a_file_that_is_deleted_is_not_there(directory: Path) -> None:
    (directory / "a.py").write_bytes(b"x")
    snapshot = _take(directory, (directory / "a.py").unlink)
    assert (snapshot.rows, snapshot.skipped) == ((), ())


def test_a_file_that_grows_is_pictured_as_it_was_read(directory: Path) -> None:
    (directory / "a.py").write_bytes(b"x")
    snapshot = _take(directory, lambda: (directory / "a.py").write_bytes(b"x" * 100))
    assert snapshot.rows[0].size == 100


@contextlib.contextmanager
def _in_the_background(action: Callable[[], object]) -> Iterator[None]:
    stop = threading.Event()

    def repeat() -> None:
        while not stop.is_set():
            action()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_no_race_leads_out_of_the_workspace(directory: Path, outside: Path) -> None:
    sub, moved = directory / "sub", directory.parent / "moved"
    sub.mkdir()
    (sub / "a.py").write_bytes(b"mine\n")

    def swap() -> None:
        sub.rename(moved)
        sub.symlink_to(outside)
        sub.unlink()
        moved.rename(sub)

    with _in_the_background(swap):
        for _ in range(200):
            _take(directory, lambda: None)


def test_what_is_hashed_is_what_is_stored(directory: Path, store: LocalBlobStore) -> None:
    file = directory / "a.py"
    file.write_bytes(b"")
    contents = [bytes([65 + number]) * (number * 40_000) for number in range(8)]

    def rewrite() -> None:
        for content in contents:
            file.write_bytes(content)

    with _in_the_background(rewrite):
        for _ in range(50):
            row = take_snapshot(directory, store, limits=SnapshotLimits(10, 10**6)).rows[0]
            assert len(store.get(row.sha256)) == row.size


def test_directories_are_reached_in_any_order(directory: Path) -> None:
    for name in ("a/b/c", "a/bc", "a-b", "d"):
        (directory / name).mkdir(parents=True)
        (directory / name / "here").write_text(name)
    with Directories(directory) as directories:
        for path in ("a/b/c/here", "a/bc/here", "a-b/here", "a/b/c/here", "d/here"):
            assert read(directories, path, 100).content.decode() == path.removesuffix("/here")


def test_no_directory_stays_open(directory: Path) -> None:
    (directory / "a" / "b").mkdir(parents=True)
    before = len(list(Path("/proc/self/fd").iterdir()))
    with Directories(directory) as directories:
        directories.parent("a/b/c")
        with pytest.raises(FileNotFoundError):
            directories.parent("a/nowhere/c")
    assert len(list(Path("/proc/self/fd").iterdir())) == before
