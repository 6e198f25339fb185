from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline_mcp.domain.snapshot import ManifestRow, Snapshot, make_snapshot
from pipeline_mcp.errors import BlobMissingError, ServiceError
from pipeline_mcp.workspace.file_lock import FileLock
from pipeline_mcp.workspace.local_store import LocalBlobStore
from pipeline_mcp.workspace.materialise import Trees


class CountingStore(LocalBlobStore):
    """A local store that counts how often each content was read."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.got: list[str] = []

    def get_many(self, sha256s: Iterable[str]) -> dict[str, bytes]:
        wanted = list(sha256s)
        self.got += wanted
        return super().get_many(wanted)


@pytest.fixture
def counting(tmp_path: Path) -> CountingStore:
    return CountingStore(tmp_path / "blobs")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "trees"


@pytest.fixture
def snapshot(counting: CountingStore) -> Callable[..., Snapshot]:
    """`snapshot(3)` has three files whose content is in the store; `mark` makes it different."""

    def make(files: int, mark: str = "") -> Snapshot:
        rows = []
        for number in range(files):
            content = f"{mark}{number}\n".encode()
            sha256 = hashlib.sha256(content).hexdigest()
            counting.put(sha256, content)
            rows.append(ManifestRow(f"d{number % 5}/{number}.py", 0o644, sha256, len(content)))
        return make_snapshot(rows)

    return make


def _content(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def _trees(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir() if path.is_dir()}


def test_a_tree_is_made_once(cache: Path, counting: CountingStore, snapshot) -> None:
    taken = snapshot(10)
    with Trees(cache, counting).tree(taken) as first:
        assert len(_content(first)) == 10
    with Trees(cache, counting).tree(taken) as second:
        assert second == first
    assert len(counting.got) == 10


def test_an_empty_snapshot_has_an_empty_tree(cache: Path, counting: CountingStore) -> None:
    with Trees(cache, counting).tree(make_snapshot([])) as root:
        assert list(root.iterdir()) == []


def test_several_threads_share_one_making(cache: Path, counting: CountingStore, snapshot) -> None:
    taken = snapshot(100)
    start = threading.Barrier(6)

    def use(_number: int) -> dict[str, bytes]:
        start.wait()
        with Trees(cache, counting).tree(taken) as root:
            return _content(root)

    with ThreadPoolExecutor(6) as threads:
        contents = list(threads.map(use, range(6)))
    assert all(len(content) == 100 and content == contents[0] for content in contents)
    assert len(counting.got) == 100


def test_those_who_need_a_new_tree_at_once_all_have_it_at_once(
    cache: Path, counting: CountingStore, snapshot
) -> None:
    """Nobody waits until another one is done with it."""
    users = 4
    for number in range(10):
        taken = snapshot(3, f"{number}-")
        everybody_has_it = threading.Barrier(users, timeout=20)

        def use(_user: int, taken=taken, meet=everybody_has_it) -> None:
            with Trees(cache, counting).tree(taken):
                meet.wait()

        with ThreadPoolExecutor(users) as threads:
            list(threads.map(use, range(users)))


_USE = """
import json, sys
from pathlib import Path
from pipeline_mcp.domain.snapshot import ManifestRow, make_snapshot
from pipeline_mcp.workspace.local_store import LocalBlobStore
from pipeline_mcp.workspace.materialise import Trees

class CountingStore(LocalBlobStore):
    read = 0

    def get_many(self, sha256s):
        self.read += len(sha256s)
        return super().get_many(sha256s)

store = CountingStore(Path(sys.argv[2]))
snapshot = make_snapshot(ManifestRow(*row) for row in json.load(sys.stdin))
with Trees(Path(sys.argv[1]), store).tree(snapshot) as root:
    print(sum(path.is_file() for path in root.rglob("*")), store.read)
"""


def test_several_processes_share_one_making(
    cache: Path, tmp_path: Path, counting: CountingStore, snapshot
) -> None:
    taken = snapshot(200)
    rows = json.dumps([[row.path, row.mode, row.sha256, row.size] for row in taken.rows])
    command = [sys.executable, "-c", _USE, str(cache), str(tmp_path / "blobs")]

    def use(_number: int) -> str:
        done = subprocess.run(command, input=rows, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(use, range(3))) == ["200 0", "200 0", "200 200"]


def test_a_half_made_tree_is_made_anew(cache: Path, counting: CountingStore, snapshot) -> None:
    taken = snapshot(3)
    partial = cache / f"{taken.id}.partial"
    partial.mkdir(parents=True)
    (partial / "leftover").touch()
    with Trees(cache, counting).tree(taken) as root:
        assert len(_content(root)) == 3
    assert _trees(cache) == {taken.id}


def test_a_tree_whose_content_is_missing_is_tried_again(
    cache: Path, counting: CountingStore
) -> None:
    sha256 = hashlib.sha256(b"x").hexdigest()
    taken = make_snapshot([ManifestRow("a.py", 0o644, sha256, 1)])
    with pytest.raises(BlobMissingError), Trees(cache, counting).tree(taken):
        pass
    counting.put(sha256, b"x")
    with Trees(cache, counting).tree(taken) as root:
        assert _content(root) == {"a.py": b"x"}


def test_an_error_inside_the_block_is_the_callers(
    cache: Path, counting: CountingStore, snapshot
) -> None:
    with pytest.raises(OSError, match="mine"), Trees(cache, counting).tree(snapshot(1)):
        raise OSError("mine")


def test_the_trees_used_last_are_kept(cache: Path, counting: CountingStore, snapshot) -> None:
    trees = Trees(cache, counting, keep=2)
    first, second, third = (snapshot(2, mark) for mark in "abc")
    for moment, one in enumerate((first, second, first)):
        with trees.tree(one):
            pass
        lock = cache / f"{one.id}.lock"
        os.utime(lock, (moment, moment))
    with trees.tree(third):
        pass
    assert _trees(cache) == {first.id, third.id}
    assert not (cache / f"{second.id}.lock").exists()


def test_a_tree_in_use_is_never_pruned(cache: Path, counting: CountingStore, snapshot) -> None:
    trees = Trees(cache, counting, keep=1)
    used = snapshot(5)
    with trees.tree(used) as root:
        os.utime(cache / f"{used.id}.lock", (0, 0))
        for mark in "abc":
            with trees.tree(snapshot(1, mark)):
                pass
        assert len(_content(root)) == 5
    with trees.tree(snapshot(1, "d")) as last:
        assert _trees(cache) == {last.name}


def test_trees_are_made_and_pruned_by_many_at_once(
    cache: Path, counting: CountingStore, snapshot
) -> None:
    taken = [snapshot(20, mark) for mark in "abcdef"]
    trees = Trees(cache, counting, keep=1)

    def use(number: int) -> bool:
        one = taken[number % len(taken)]
        with trees.tree(one) as root:
            return len(_content(root)) == 20

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(use, range(120)))


def test_a_state_directory_that_is_a_file(
    tmp_path: Path, counting: CountingStore, snapshot
) -> None:
    (tmp_path / "file").touch()
    trees = Trees(tmp_path / "file" / "trees", counting)
    with pytest.raises(ServiceError, match="state directory"), trees.tree(snapshot(1)):
        pass


def _is_free(file: Path) -> bool:
    with FileLock(file) as lock:
        return lock.try_exclude()


def test_a_lock_is_held_until_it_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with FileLock(file) as lock:
        lock.share()
        assert not _is_free(file)
    assert _is_free(file)


def test_who_waited_for_a_lock_that_was_removed_takes_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    waiting = FileLock(file)  # open, but not locked yet
    with FileLock(file) as pruner:
        pruner.exclude()
        file.unlink()
    with waiting, FileLock(file) as newcomer:
        newcomer.share()
        assert not waiting.try_exclude()
