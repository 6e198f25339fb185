"""A commit's tree as a snapshot, without a checkout, and which files moved since."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline_mcp.domain.snapshot import ManifestRow, SkippedFile, Snapshot, make_snapshot
from pipeline_mcp.errors import WorkspaceError
from pipeline_mcp.workspace.batches import batches
from pipeline_mcp.workspace.blobs import BlobStore
from pipeline_mcp.workspace.confine import is_plain_path, is_utf8
from pipeline_mcp.workspace.git import WorkTree, work_tree_of
from pipeline_mcp.workspace.snapshot import SnapshotLimits
from pipeline_mcp.workspace.walk import exclusion, too_many_files

_LINK, _SUBMODULE = "120000", "160000"


@dataclass(frozen=True, slots=True)
class Base:
    """What a change is compared with: `commit` is where `ref` and the work tree part."""

    ref: str
    commit: str


def find_base(workspace: Path, ref: str) -> Base:
    """The commit that the work tree has in common with `ref`; `ref` itself where there is none.

    Raises:
        WorkspaceError: there is no such ref, or no git.
    """
    tree = work_tree_of(workspace)
    if tree is None:
        raise WorkspaceError(f"{workspace} is no git work tree, so there is no ref {ref!r} in it.")
    named = tree.run(
        *("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"),
        directory=workspace,
    )
    commit = named.stdout.decode("ascii", "replace").strip()
    if named.returncode != 0 or not commit:
        raise WorkspaceError(
            f"The ref {ref!r} does not name a commit in {workspace}.",
            next_step="Fetch it first, or name another one: a branch, a tag or a commit.",
        )
    common = tree.run("merge-base", commit, "HEAD", directory=workspace)
    return Base(ref, common.stdout.decode("ascii", "replace").strip() or commit)


def renames_since(workspace: Path, commit: str) -> dict[str, str]:
    """Files below the workspace that moved since `commit`, old path to new, as far as git knows.

    Trees and the index are compared: to read the work tree, git may run a repository's filters.

    Raises:
        WorkspaceError: git could not be started, or did not end in time.
    """
    tree = work_tree_of(workspace)
    if tree is None:
        return {}
    said = tree.run(
        *("diff", "--cached", "-M", "--diff-filter=R", "--name-status", "-z", "--relative"),
        *("--no-ext-diff", "--no-textconv", "--ignore-submodules", commit, "--"),
        directory=workspace,
    )
    words = [os.fsdecode(word) for word in said.stdout.split(b"\0")]
    moves = zip(words[1::3], words[2::3], strict=False) if said.returncode == 0 else ()
    return {old: new for old, new in moves if is_plain_path(old) and is_plain_path(new)}


def last_change(workspace: Path, path: str) -> str | None:
    """The commit that changed the file last, or None where none did.

    Raises:
        WorkspaceError: git could not be started, or did not end in time.
    """
    tree = work_tree_of(workspace)
    if tree is None:
        return None
    said = tree.run("log", "-1", "--format=%H", "--", f":(literal){path}", directory=workspace)
    return said.stdout.decode("ascii", "replace").strip() or None


def take_tree(
    workspace: Path,
    commit: str,
    store: BlobStore,
    *,
    limits: SnapshotLimits,
    exclude: tuple[str, ...] = (),
) -> Snapshot:
    """The workspace as it is in the commit, its contents in `store`; nothing is checked out.

    Raises:
        WorkspaceError: git cannot read the commit, or it has too many files.
        ServiceError: the blobs cannot be stored.
    """
    tree = work_tree_of(workspace)
    if tree is None:
        raise WorkspaceError(f"{workspace} is no git work tree any more.")
    is_excluded = exclusion(exclude)
    wanted: list[_Listed] = []
    skipped: list[SkippedFile] = []
    for one in _listed(tree, workspace, commit):
        reason = "" if is_excluded(one.path) else _why_not(one, limits)
        if reason is None:
            wanted.append(one)
        elif reason:
            shown = os.fsencode(one.path).decode("utf-8", "backslashreplace")
            skipped.append(SkippedFile(shown, reason))
    if len(wanted) > limits.max_files:
        raise too_many_files(workspace, limits.max_files)
    rows = [row for batch in batches(wanted) for row in _stored(tree, workspace, batch, store)]
    return make_snapshot(rows, skipped)


@dataclass(frozen=True, slots=True)
class _Listed:
    mode: str
    name: str
    size: int
    path: str


def _listed(tree: WorkTree, workspace: Path, commit: str) -> Iterator[_Listed]:
    answer = tree.run("ls-tree", "-r", "-z", "-l", commit, directory=workspace)
    if answer.returncode != 0:
        raise WorkspaceError(f"git cannot read the commit {commit} of {workspace}.")
    for line in filter(None, answer.stdout.split(b"\0")):
        facts, _, path = line.partition(b"\t")
        mode, _kind, name, size = facts.decode("ascii").split()
        yield _Listed(mode, name, int(size) if size.isdigit() else 0, os.fsdecode(path))


def _why_not(one: _Listed, limits: SnapshotLimits) -> str | None:
    if one.mode == _LINK:
        return "it is a symbolic link"
    if one.mode == _SUBMODULE:
        return "git lists it as one entry: a submodule or another repository"
    if not is_utf8(one.path):
        return "its name is not UTF-8"
    if not is_plain_path(one.path):
        return "it is git's own"
    if one.size > limits.max_file_bytes:
        return f"it is larger than {limits.max_file_bytes} bytes"
    return None


def _stored(
    tree: WorkTree, workspace: Path, batch: list[_Listed], store: BlobStore
) -> list[ManifestRow]:
    asked = "".join(f"{one.name}\n" for one in batch).encode()
    answer = tree.run("cat-file", "--batch", directory=workspace, given=asked).stdout
    contents: dict[str, bytes] = {}
    rows = []
    at = 0
    for one in batch:
        end = answer.find(b"\n", at)
        header = answer[at:end].split()
        if end < 0 or len(header) != 3 or header[1] != b"blob":
            raise WorkspaceError(f"git does not have the content of {one.path} in {workspace}.")
        start = end + 1
        content = answer[start : start + int(header[2])]
        at = start + len(content) + 1
        sha256 = hashlib.sha256(content).hexdigest()
        contents[sha256] = content
        mode = 0o755 if one.mode == "100755" else 0o644
        rows.append(ManifestRow(one.path, mode, sha256, len(content)))
    missing = store.missing(contents)
    store.put_many({sha256: contents[sha256] for sha256 in missing})
    return rows
