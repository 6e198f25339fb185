"""The files of the workspaces: as written at first, as ever seen since, and as they are now."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

_PAUSE_SECONDS = 0.1
_OUR_FRESH = ".pipeline-mcp-"
_GIT = ".git"


class Trees:
    """A thread that reads every changed file of those that sessions write to, again and again."""

    def __init__(self) -> None:
        self.written: dict[str, dict[str, str]] = {}
        # (workspace, path) -> every content that was ever seen there
        self.seen: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._watched: list[str] = []
        self._states: dict[tuple[str, str], tuple[int, int]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def __enter__(self) -> Trees:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def add(self, workspace: Path, *, is_watched: bool) -> None:
        """Remember a workspace as it is now, and look at it from now on or only in the end."""
        self.written[str(workspace)] = hashes(workspace)
        if is_watched:
            self._watched.append(str(workspace))

    def now(self) -> Mapping[str, Mapping[str, str]]:
        """By workspace, the hash of every file that is there, left-overs included."""
        return {workspace: hashes(Path(workspace)) for workspace in self.written}

    def _look_on(self) -> None:
        while not self._stop.wait(_PAUSE_SECONDS):
            for workspace in list(self._watched):
                self._look(workspace)

    def _look(self, workspace: str) -> None:
        for file in _files(Path(workspace)):
            if file.name.startswith(_OUR_FRESH):
                continue  # somebody is writing it; what he leaves is found in the end
            path = file.relative_to(workspace).as_posix()
            try:
                state = file.stat()
                stamp = (state.st_ino, state.st_mtime_ns)
                if self._states.get((workspace, path)) != stamp:
                    self.seen[workspace, path].add(_hash(file))
                    self._states[workspace, path] = stamp
            except FileNotFoundError:
                self.seen[workspace, path].add("gone")


def hashes(workspace: Path) -> dict[str, str]:
    """Path to hash, for all files but git's own."""
    return {file.relative_to(workspace).as_posix(): _hash(file) for file in _files(workspace)}


def _files(workspace: Path) -> Iterator[Path]:
    for directory, names, files in os.walk(workspace):
        if _GIT in names:
            names.remove(_GIT)
        yield from (Path(directory, name) for name in files)


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
