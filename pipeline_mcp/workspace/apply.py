"""A patch goes into a workspace, or out of it, file by file by compare-and-swap."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pipeline_mcp.domain.application import (
    GOOD_STATES,
    FileOutcome,
    FileState,
    Journal,
    JournalState,
)
from pipeline_mcp.domain.patch import FileChange
from pipeline_mcp.workspace.blobs import BlobStore
from pipeline_mcp.workspace.confine import is_plain_path
from pipeline_mcp.workspace.directories import Directories
from pipeline_mcp.workspace.swap import LeftAloneError, remove_fresh, see, settle, swap

_CHANGED = "it was changed since the session looked at it"
_CHANGED_AFTER = "it was changed since the patch was applied"
_OTHERS = "others could not be applied, and it is all or nothing"
_OVER = "the session has ended before it was applied"


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of a workspace that may be replaced; `label` is in the names of fresh files."""

    directories: Directories
    store: BlobStore
    label: str
    max_bytes: int

    def see(self, path: str) -> str:
        """The hash of a plain file's content.

        Raises:
            LeftAloneError: it is none, or git's own.
        """
        if not is_plain_path(path):
            raise LeftAloneError(FileState.REFUSED, "its path may not be written to")
        return see(self.directories, path, self.max_bytes).sha256

    def swap(self, path: str, expected: str, wanted: str) -> None:
        """Replace the content of the hash `expected` by that of `wanted`.

        Raises:
            LeftAloneError: the file was not touched.
            BlobMissingError: the content is not in the store.
        """
        swap(
            self.directories,
            path,
            expected=expected,
            content=self.store.get(wanted),
            fresh=self._fresh(path),
            max_bytes=self.max_bytes,
        )

    def settle(self, path: str) -> None:
        """Force to disk what a killed process may have put in the place of the file.

        Raises:
            LeftAloneError: its directory cannot be reached any more.
        """
        settle(self.directories, path)

    def tidy(self, paths: Iterable[str]) -> None:
        """Remove what a killed process may have left beside the files."""
        for path in filter(is_plain_path, sorted(paths)):
            remove_fresh(self.directories, path, self._fresh(path))

    def _fresh(self, path: str) -> str:
        name = hashlib.sha256(f"{self.label}\0{path}".encode()).hexdigest()[:16]
        return f".pipeline-mcp-{name}"


def survey(tree: Tree, changes: Sequence[FileChange], journal: Journal) -> list[FileOutcome]:
    """What applying the changes would come to; nothing is written.

    A file that a killed process had written already counts as applied.
    """
    return [_look(tree, change, journal) for change in changes]


def apply(
    tree: Tree,
    changes: Sequence[FileChange],
    journal: Journal,
    *,
    all_or_nothing: bool,
    intend: Callable[[Journal], bool],
) -> tuple[list[FileOutcome], Journal]:
    """Apply the changes; gives what became of each, and the journal as it is then.

    `journal` is that of earlier times, `intend` writes a new one down before the first file is
    written, or says that nothing may be written any more. May be done again after a crash at any
    place.

    Raises:
        BlobMissingError: a content is not in the store; nothing was written.
    """
    tree.tidy(journal)
    found = [_settled(tree, file) for file in survey(tree, changes, journal)]
    if not (all_or_nothing and _is_bad(found)):
        ready = [change for change, file in zip(changes, found, strict=True) if _is_ready(file)]
        _expect_contents(tree.store, ready)
        journal = journal | {change.path: JournalState.PENDING for change in ready}
        may_write = not ready or intend(journal)
        found = (
            _write(tree, changes, found, all_or_nothing=all_or_nothing)
            if may_write
            else _held_back(found, _OVER)
        )
    if all_or_nothing and _is_bad(found):
        found = _take_back(tree, changes, found, journal)
    return found, _journal_after(found, journal)


def undo(
    tree: Tree, changes: Sequence[FileChange], journal: Journal
) -> tuple[list[FileOutcome], Journal]:
    """Take back what the journal says was written; gives what became of it, and what is left.

    May be done again after a crash at any place.

    Raises:
        BlobMissingError: a content is not in the store.
    """
    tree.tidy(journal)
    found = [_undo(tree, change) for change in changes if change.path in journal]
    left = {file.path for file in found if file.state is not FileState.UNDONE}
    return found, {path: state for path, state in journal.items() if path in left}


def _look(tree: Tree, change: FileChange, journal: Journal) -> FileOutcome:
    try:
        sha256 = tree.see(change.path)
    except LeftAloneError as error:
        return FileOutcome(change.path, error.state, error.reason)
    if sha256 == change.new_sha256:
        was_ours = journal.get(change.path) is JournalState.PENDING
        return FileOutcome(change.path, FileState.APPLIED if was_ours else FileState.ALREADY)
    if sha256 == change.old_sha256:
        return FileOutcome(change.path, FileState.READY)
    return FileOutcome(change.path, FileState.MOVED_ON, _CHANGED)


def _settled(tree: Tree, file: FileOutcome) -> FileOutcome:
    if file.state is FileState.APPLIED:
        try:
            tree.settle(file.path)
        except LeftAloneError as error:
            return FileOutcome(file.path, error.state, error.reason)
    return file


def _write(
    tree: Tree,
    changes: Sequence[FileChange],
    found: Sequence[FileOutcome],
    *,
    all_or_nothing: bool,
) -> list[FileOutcome]:
    written: list[FileOutcome] = []
    for change, file in zip(changes, found, strict=True):
        if _is_ready(file) and not (all_or_nothing and _is_bad(written)):
            written.append(_apply(tree, change))
        else:
            written.append(file)
    return written


def _apply(tree: Tree, change: FileChange) -> FileOutcome:
    try:
        tree.swap(change.path, change.old_sha256, change.new_sha256)
    except LeftAloneError as error:
        return FileOutcome(change.path, error.state, error.reason)
    return FileOutcome(change.path, FileState.APPLIED)


def _undo(tree: Tree, change: FileChange) -> FileOutcome:
    try:
        sha256 = tree.see(change.path)
        if sha256 == change.new_sha256:
            tree.swap(change.path, change.new_sha256, change.old_sha256)
        elif sha256 == change.old_sha256:
            tree.settle(change.path)
        else:
            raise LeftAloneError(FileState.MOVED_ON, _CHANGED_AFTER)
    except LeftAloneError as error:
        return FileOutcome(change.path, error.state, error.reason)
    return FileOutcome(change.path, FileState.UNDONE)


def _take_back(
    tree: Tree, changes: Sequence[FileChange], found: Sequence[FileOutcome], journal: Journal
) -> list[FileOutcome]:
    """All or nothing, and not all: what this application has written goes out again."""
    after = []
    for change, file in zip(changes, found, strict=True):
        is_ours = journal.get(change.path) is JournalState.PENDING
        back = _undo(tree, change) if file.state is FileState.APPLIED and is_ours else file
        if back.state in (FileState.UNDONE, FileState.READY):
            back = FileOutcome(change.path, FileState.HELD_BACK, _OTHERS)
        after.append(back)
    return after


def _held_back(found: Iterable[FileOutcome], reason: str) -> list[FileOutcome]:
    return [
        FileOutcome(file.path, FileState.HELD_BACK, reason) if _is_ready(file) else file
        for file in found
    ]


def _journal_after(found: Iterable[FileOutcome], journal: Journal) -> Journal:
    """What is pending was written, or it was left alone; earlier entries stay."""
    after = dict(journal)
    for file in found:
        if after.get(file.path) is not JournalState.PENDING:
            continue
        if file.state is FileState.APPLIED:
            after[file.path] = JournalState.APPLIED
        else:
            del after[file.path]
    return after


def _expect_contents(store: BlobStore, changes: Sequence[FileChange]) -> None:
    """All that is needed to apply and to undo is there before the first file is written.

    A power cut must not take the old contents: the workspace will have them no more.
    """
    for change in changes:
        store.get(change.old_sha256)
        store.get(change.new_sha256)
    store.harden(change.old_sha256 for change in changes)


def _is_bad(files: Iterable[FileOutcome]) -> bool:
    return any(file.state not in GOOD_STATES for file in files)


def _is_ready(file: FileOutcome) -> bool:
    return file.state is FileState.READY
