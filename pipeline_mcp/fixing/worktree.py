"""A private tree for a fixer to write in, and what it has really touched there."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pipeline_mcp.domain.snapshot import ManifestRow
from pipeline_mcp.workspace.blobs import BlobStore
from pipeline_mcp.workspace.materialise import materialise
from pipeline_mcp.workspace.state_files import state_directory

# What a killed worker left behind is removed by whoever comes after so long, in seconds.
_ABANDONED_SECONDS = 24 * 3600.0
_TREE, _SCRATCH = "tree", "scratch"

# Kind and mode, number, size, and the times of both changes: what no writer can leave as it was.
_State = tuple[int, int, int, int, int]


class WorkTree:
    """The files of `rows`, with `contents` in place of some, below a directory of its own."""

    def __init__(
        self,
        directory: Path,
        rows: Iterable[ManifestRow],
        store: BlobStore,
        contents: Mapping[str, bytes],
    ) -> None:
        self._directory = directory
        self._builds = 0
        self._rows = {row.path: row for row in rows}
        self._store = store
        self._contents = dict(contents)
        self.rebuild()

    def rebuild(self) -> None:
        """Make everything as it should be, whatever a fixer has done.

        Raises:
            ServiceError: the disk does not take it.
        """
        # A new place every time: what a fixer has left in the old one may not even be removable.
        self._builds += 1
        place = self._directory / str(self._builds)
        self.root, self.scratch = place / _TREE, place / _SCRATCH
        with state_directory(place):
            self.scratch.mkdir(parents=True)
        untouched = [row for path, row in self._rows.items() if path not in self._contents]
        materialise(untouched, self._store, self.root)
        for path in self._contents:
            self._write(path)
        self._states = self._look()

    def touched(self) -> set[str]:
        """Paths that are not as they were: changed, gone, come, or beside the tree (`../…`)."""
        now = self._look()
        return {
            path
            for path in self._states.keys() | now.keys()
            if self._states.get(path) != now.get(path)
        }

    def has(self, path: str) -> bool:
        """True if the file is one of those that the tree was made of."""
        return path in self._rows

    def read(self, path: str) -> bytes | None:
        """What a fixer made of a file; None if it is no file of its mode any more."""
        file = self.root / path
        try:
            state = os.lstat(file)
        except FileNotFoundError:
            return None
        if state.st_mode != stat.S_IFREG | self._rows[path].mode:
            return None
        return file.read_bytes()

    def keep(self, path: str, content: bytes) -> None:
        """From now on the file is to have that content."""
        self._contents[path] = content

    def restore(self, paths: Iterable[str]) -> None:
        """Make the files as they should be again, and look at all anew."""
        with state_directory(self._directory):
            for path in paths:
                _remove(self.root / path)
                self._write(path)
        self._states = self._look()

    def content(self, path: str) -> bytes:
        """What the file should be."""
        if path not in self._contents:
            self._contents[path] = self._store.get(self._rows[path].sha256)
        return self._contents[path]

    def _write(self, path: str) -> None:
        file = self.root / path
        with state_directory(self._directory):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(self.content(path))
            file.chmod(self._rows[path].mode)

    def _look(self) -> dict[str, _State]:
        place = self.root.parent
        beside = {entry for entry in place.iterdir() if entry.name not in (_TREE, _SCRATCH)}
        above = {entry for entry in self._directory.iterdir() if not entry.name.isdecimal()}
        states = {f"../{entry.name}": _state(os.lstat(entry)) for entry in beside | above}
        return states | dict(_states(self.root))


@contextmanager
def work_directory(state_dir: Path) -> Iterator[Path]:
    """An empty directory that goes away with the block; those that others forgot go too.

    Raises:
        ServiceError: the disk does not take it.
    """
    above = state_dir / "fixing"
    with state_directory(above):
        above.mkdir(mode=0o700, parents=True, exist_ok=True)
        for forgotten in above.iterdir():
            if forgotten.stat().st_mtime < time.time() - _ABANDONED_SECONDS:
                shutil.rmtree(forgotten, ignore_errors=True)
        made = Path(tempfile.mkdtemp(dir=above))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _states(root: Path) -> Iterator[tuple[str, _State]]:
    todo = [(root, "")]
    while todo:
        directory, prefix = todo.pop()
        if directory.is_symlink() or not directory.is_dir():
            continue  # a fixer has put something else there
        yield prefix, _directory_state(directory)
        for name in _names(directory):
            state = os.lstat(directory / name)
            if stat.S_ISDIR(state.st_mode):
                todo.append((directory / name, f"{prefix}{name}/"))
            else:
                yield f"{prefix}{name}", _state(state)


def _names(directory: Path) -> list[str]:
    try:
        return os.listdir(directory)  # noqa: PTH208 - a path for each name would be slow to make
    except PermissionError:
        return []  # its mode has changed, which is told of the directory


def _state(found: os.stat_result) -> _State:
    return (found.st_mode, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _directory_state(directory: Path) -> _State:
    """Its times change with its files, which are looked at themselves."""
    found = os.lstat(directory)
    return (found.st_mode, found.st_ino, 0, 0, 0)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
