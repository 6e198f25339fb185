"""Which files a workspace has: as git sees it, or as they lie in the directory."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline_mcp.domain.snapshot import SkippedFile
from pipeline_mcp.errors import WorkspaceError
from pipeline_mcp.workspace.git import WorkTree, work_tree_of

# Where no .gitignore speaks: what tools leave behind, and what nobody wrote.
JUNK = frozenset(
    (
        *(".git", ".hg", ".svn", ".bzr", ".jj"),
        *("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".cache"),
        *(".venv", "venv", ".tox", ".nox", ".eggs", "node_modules", ".DS_Store"),
    )
)
# A virtual environment may have any name, but it has this file.
_ENVIRONMENT_MARK = "pyvenv.cfg"
_UNREADABLE = re.compile(rb"^warning: could not open directory '(.*)/': (.*)$", re.MULTILINE)

IsExcluded = Callable[[str], bool]


@dataclass(slots=True)
class Listing:
    """Paths relative with `/`, of things that may be files or not; and what was left out."""

    paths: list[str] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)


def list_files(
    workspace: Path,
    *,
    exclude: tuple[str, ...] = (),
    untouched: tuple[str, ...] = (),
    max_files: int,
) -> Listing:
    """The candidates for a snapshot.

    In a git work tree: what git tracks and what it does not ignore, of this directory alone.
    Elsewhere, or without git: every file, but those in `JUNK` and in virtual environments.
    `exclude` are globs, see `exclusion`; `untouched` are files and directories by their paths.

    Raises:
        WorkspaceError: git cannot read its repository, or there are too many files.
    """
    is_excluded = _either(exclusion(exclude), untouched)
    tree = work_tree_of(workspace)
    listing = None if tree is None else _ask_git(tree, workspace, is_excluded)
    return listing or _walk(workspace, is_excluded, max_files)


def exclusion(globs: tuple[str, ...]) -> IsExcluded:
    """Whether a path is excluded: a glob fits it, a directory above it, or one of their names.

    Globs are the shell's; `*` also crosses `/`.
    """
    if not globs:
        return lambda path: False
    fits = re.compile("|".join(fnmatch.translate(glob.rstrip("/")) for glob in globs)).match

    def is_excluded(path: str) -> bool:
        ends = (at for at, character in enumerate(path) if character == "/")
        return bool(
            fits(path)
            or any(fits(path[:end]) for end in ends)
            or any(fits(name) for name in path.split("/"))
        )

    return is_excluded


def _either(is_excluded: IsExcluded, untouched: tuple[str, ...]) -> IsExcluded:
    below = tuple(f"{path}/" for path in untouched)
    return lambda path: path in untouched or path.startswith(below) or is_excluded(path)


def too_many_files(workspace: Path, max_files: int) -> WorkspaceError:
    """The error of a workspace that is larger than the operator allows."""
    return WorkspaceError(
        f"The workspace {workspace} has more than {max_files} files.",
        next_step="Exclude some, or raise the setting PIPELINE_MAX_FILES.",
    )


def _ask_git(tree: WorkTree, workspace: Path, is_excluded: IsExcluded) -> Listing | None:
    """What git lists; None if the workspace is a directory that its repository ignores."""
    answer = tree.run("ls-files", "-co", "--exclude-standard", "-z", directory=workspace)
    if answer.returncode != 0:
        said = answer.stderr.decode("utf-8", "replace").strip()[-300:]
        raise WorkspaceError(
            f"git cannot list the files of {workspace}: {said}",
            next_step="Repair the repository (`git fsck`, `git worktree repair`) or update git.",
        )
    # A file with merge conflicts is listed once for each of its versions, a repository with a `/`.
    names = {os.fsdecode(name).rstrip("/") for name in answer.stdout.split(b"\0") if name}
    if not names and workspace != tree.root and _is_ignored(tree, workspace):
        return None
    # Where a tracked file made way for a directory, git lists both, and for a link likewise.
    both = names & _directories(names)
    names -= {name for name in both if not (workspace / name).is_symlink()}
    skipped = [
        SkippedFile(_shown(path), f"the directory cannot be read: {_shown(why).lower()}")
        for path, why in _UNREADABLE.findall(answer.stderr)
    ]
    return Listing([name for name in names if not is_excluded(name)], skipped)


def _is_ignored(tree: WorkTree, workspace: Path) -> bool:
    relative = workspace.relative_to(tree.root).as_posix()
    answer = tree.run("check-ignore", "--quiet", "--", f"./{relative}", directory=tree.root)
    return answer.returncode == 0


def _directories(paths: set[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        above = path.rpartition("/")[0]
        while above and above not in found:
            found.add(above)
            above = above.rpartition("/")[0]
    return found


def _walk(workspace: Path, is_excluded: IsExcluded, max_files: int) -> Listing:
    listing = Listing()
    waiting = [""]
    while waiting:
        above = waiting.pop()
        try:
            waiting += _add_directory(listing, workspace, above, is_excluded)
        except OSError as error:
            reason = f"the directory cannot be read: {(error.strerror or str(error)).lower()}"
            listing.skipped.append(SkippedFile(_shown(os.fsencode(above)).rstrip("/"), reason))
        if len(listing.paths) > max_files:
            raise too_many_files(workspace, max_files)
    return listing


def _add_directory(
    listing: Listing, workspace: Path, above: str, is_excluded: IsExcluded
) -> list[str]:
    """Add the directory's files to the listing; gives its subdirectories, each ending in `/`."""
    with os.scandir(workspace / above) as scan:
        entries = list(scan)
    if above and any(entry.name == _ENVIRONMENT_MARK for entry in entries):
        return []
    below: list[str] = []
    for entry in entries:
        path = above + entry.name
        if entry.name in JUNK or is_excluded(path):
            continue
        if entry.is_dir(follow_symlinks=False):
            below.append(path + "/")
        else:
            listing.paths.append(path)
    return below


def _shown(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")
