from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline_mcp.domain.snapshot import ManifestRow
from pipeline_mcp.errors import BlobMissingError, ServiceError, WorkspaceError
from pipeline_mcp.workspace.local_store import LocalBlobStore
from pipeline_mcp.workspace.materialise import materialise

MakeRow = Callable[..., ManifestRow]


@pytest.fixture
def row(store: LocalBlobStore) -> MakeRow:
    """`row("a.py", b"x")` is a row whose content is in the store."""

    def make(path: str, content: bytes = b"x = 1\n", mode: int = 0o644) -> ManifestRow:
        sha256 = hashlib.sha256(content).hexdigest()
        store.put(sha256, content)
        return ManifestRow(path, mode, sha256, len(content))

    return make


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


def test_files_get_their_content_and_mode(row: MakeRow, store: LocalBlobStore, root: Path) -> None:
    was = os.umask(0o077)
    try:
        materialise([row("b/c/run", b"", 0o755), row("a.py", b"\r\n")], store, root)
    finally:
        os.umask(was)
    assert (root / "a.py").read_bytes() == b"\r\n"
    assert (root / "a.py").stat().st_mode & 0o7777 == 0o644
    assert (root / "b/c/run").stat().st_mode & 0o7777 == 0o755
    files = [path.name for path in root.rglob("*") if path.is_file()]
    assert sorted(files) == ["a.py", "run"]


def test_what_is_there_is_left_alone(row: MakeRow, store: LocalBlobStore, root: Path) -> None:
    rows = [row("a.py"), row("b.py")]
    materialise(rows[:1], store, root)
    before = (root / "a.py").stat()
    materialise(rows, store, root)
    assert (root / "a.py").stat().st_ino == before.st_ino
    assert (root / "b.py").exists()


def test_what_is_there_but_different_is_replaced(
    row: MakeRow, store: LocalBlobStore, root: Path, tmp_path: Path
) -> None:
    rows = [row(name) for name in ("shorter", "mode", "link")]
    (tmp_path / "outside").write_bytes(b"x = 1\n")
    root.mkdir()
    (root / "shorter").write_bytes(b"x")
    (root / "mode").write_bytes(b"x = 1\n")
    (root / "mode").chmod(0o600)
    (root / "link").symlink_to(tmp_path / "outside")
    materialise(rows, store, root)
    assert [(root / one.path).lstat().st_mode for one in rows] == [0o100644] * 3
    assert [(root / one.path).read_bytes() for one in rows] == [b"x = 1\n"] * 3
    assert (tmp_path / "outside").read_bytes() == b"x = 1\n"


@pytest.mark.parametrize(
    "path", ["/etc/x", "../x", "a/../../x", "", "a//b", ".git/config", "a/.GIT/hooks/x", "a\0b"]
)
def test_a_path_that_no_snapshot_has_is_refused_before_anything_is_written(
    row: MakeRow, store: LocalBlobStore, root: Path, path: str
) -> None:
    with pytest.raises(WorkspaceError, match="cannot come from a snapshot"):
        materialise([row("a.py"), row(path)], store, root)
    assert not root.exists()


@pytest.mark.parametrize("mode", [0o4755, 0o666, 0, 0o120777])
def test_a_mode_that_no_snapshot_has_is_refused(
    row: MakeRow, store: LocalBlobStore, root: Path, mode: int
) -> None:
    with pytest.raises(WorkspaceError, match="cannot come from a snapshot"):
        materialise([row("a.py", mode=mode)], store, root)


def test_a_link_below_the_root_does_not_lead_out(
    row: MakeRow, store: LocalBlobStore, root: Path, directory: Path
) -> None:
    root.mkdir()
    (root / "sub").symlink_to(directory)
    with pytest.raises(ServiceError, match="not a directory"):
        materialise([row("sub/a.py")], store, root)
    assert list(directory.iterdir()) == []


def test_a_missing_content_is_an_error(row: MakeRow, store: LocalBlobStore, root: Path) -> None:
    with pytest.raises(BlobMissingError):
        materialise([row("a.py"), ManifestRow("b.py", 0o644, "0" * 64, 1)], store, root)


def test_several_threads_write_into_the_same_root(
    row: MakeRow, store: LocalBlobStore, root: Path
) -> None:
    rows = [row(f"d{number % 7}/e/{number}.py", b"%d\n" % number) for number in range(300)]
    start = threading.Barrier(4)

    def write(part: list[ManifestRow]) -> None:
        start.wait()
        materialise(part, store, root)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, [rows, rows[::-1], rows[::2], rows[1::2]]))
    found = {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    assert found == {one.path: store.get(one.sha256) for one in rows}
