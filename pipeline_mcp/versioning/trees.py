"""The files of a project as they lie in the workspace, or as a commit has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from pipeline_mcp.config.settings import settings
from pipeline_mcp.versioning.errors import AnalysisError
from pipeline_mcp.versioning.history import History
from pipeline_mcp.workspace.confine import is_plain_path
from pipeline_mcp.workspace.directories import Directories
from pipeline_mcp.workspace.reading import LeftOutError, read
from pipeline_mcp.workspace.walk import list_files

MOST_BYTES_OF_A_FILE = 4 * 1024 * 1024
# Of all files that are read for one comparison.
_MOST_BYTES = 512 * 1024 * 1024
_REGULAR = ("100644", "100755")


class Tree(Protocol):
    """Regular files by their paths relative to the project, with `/`."""

    def paths(self) -> tuple[str, ...]:
        """All of them, sorted."""

    def contents(self, paths: Iterable[str]) -> dict[str, bytes]:
        """What is in those that exist and are small enough to be source."""


def text_of(tree: Tree, path: str) -> str | None:
    """One file's text, line ends as they are; None if there is none or it is not UTF-8."""
    content = tree.contents([path]).get(path)
    if content is None:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


class WorkspaceTree:
    """What git tracks and does not ignore, with all changes; no link is followed."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._paths: tuple[str, ...] | None = None

    def paths(self) -> tuple[str, ...]:
        """All of them, sorted."""
        if self._paths is None:
            listing = list_files(self._project, max_files=settings().max_files)
            self._paths = tuple(sorted(set(listing.paths)))
        return self._paths

    def contents(self, paths: Iterable[str]) -> dict[str, bytes]:
        """What is in those that exist and are small enough to be source."""
        found: dict[str, bytes] = {}
        room = _MOST_BYTES
        with Directories(self._project) as directories:
            # A repository may name any path as the place of its version.
            for path in sorted(filter(is_plain_path, set(paths))):
                try:
                    found[path] = read(directories, path, MOST_BYTES_OF_A_FILE).content
                except LeftOutError:
                    continue
                room -= len(found[path])
                if room < 0:
                    raise AnalysisError("The project has too much source to be compared.")
        return found


class CommitTree:
    """The files of a commit, read from git's objects: nothing is checked out, no filter runs."""

    def __init__(self, history: History, commit: str) -> None:
        self._history = history
        self._entries = _entries(history, commit)

    def paths(self) -> tuple[str, ...]:
        """All of them, sorted."""
        return tuple(self._entries)

    def contents(self, paths: Iterable[str]) -> dict[str, bytes]:
        """What is in those that exist and are small enough to be source."""
        known = {path: self._entries[path] for path in paths if path in self._entries}
        wanted = {path: sha for path, (sha, size) in known.items() if size <= MOST_BYTES_OF_A_FILE}
        if sum(known[path][1] for path in wanted) > _MOST_BYTES:
            raise AnalysisError("The base has too much source to be compared.")
        return _blobs(self._history, wanted)


def _entries(history: History, commit: str) -> Mapping[str, tuple[str, int]]:
    said = history.tree.run(
        *("ls-tree", "-r", "-z", "-l", "--full-tree", commit, "--", history.prefix or "."),
        directory=history.tree.root,
    )
    if said.returncode != 0:
        raise AnalysisError(f"git cannot list the files of {commit[:12]}.")
    entries = {}
    for row in said.stdout.decode("utf-8", "surrogateescape").split("\0"):
        about, _, path = row.partition("\t")
        mode, _, rest = about.partition(" ")
        # A tree that was not made by git may name a way out of the directory.
        if mode in _REGULAR and is_plain_path(path):
            _, sha, size = rest.split()
            entries[path.removeprefix(history.prefix)] = (sha, int(size))
    return dict(sorted(entries.items()))


def _blobs(history: History, wanted: Mapping[str, str]) -> dict[str, bytes]:
    if not wanted:
        return {}
    asked = "".join(f"{sha}\n" for sha in wanted.values()).encode()
    said = history.tree.run("cat-file", "--batch", directory=history.tree.root, given=asked)
    found, rest = {}, memoryview(said.stdout)
    for path in wanted:
        header, _, _ = bytes(rest[:200]).partition(b"\n")
        words = header.split()
        if len(words) != 3:
            raise AnalysisError(f"git has lost the content of {path}.")
        start, size = len(header) + 1, int(words[2])
        found[path] = bytes(rest[start : start + size])
        rest = rest[start + size + 1 :]
    return found
