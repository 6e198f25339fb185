"""Write a new version, commit what was written and nothing else, and tag the commit."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline_mcp.reporting.sanitise import visible
from pipeline_mcp.versioning.bump import Bump
from pipeline_mcp.versioning.edits import write_all
from pipeline_mcp.versioning.errors import VersioningError
from pipeline_mcp.versioning.history import History, expect_history
from pipeline_mcp.versioning.trees import CommitTree
from pipeline_mcp.workspace.git_settings import without_programs


@dataclass(frozen=True, slots=True)
class Released:
    """What was made: the commit, and the tag; None where it was not asked for."""

    commit: str | None = None
    tag: str | None = None


def carry_out(bump: Bump, *, commit: bool = False, tag: bool = False) -> Released:
    """Write the edits; commit just these files, with the operator's identity and signing settings.

    Everything that can be refused is refused before anything is written.

    Raises:
        RefError: a commit or tag is asked for outside of git.
        VersioningError: the tag exists, a file has other changes, or git refuses.
    """
    if not commit and not tag:
        write_all(bump.project.directory, bump.edits)
        return Released()
    history = expect_history(bump.project.directory)
    if tag and not commit and bump.edits:
        raise VersioningError("--tag needs --commit: the commit that it marks has the new version.")
    if tag and bump.tag in history.tags():
        raise VersioningError(f"The tag {bump.tag} exists already; nothing was written.")
    _expect_committed(history, bump)
    write_all(bump.project.directory, bump.edits)
    made = _commit(history, bump) if commit and bump.edits else None
    if tag:
        _operator(history, "tag", "--annotate", "--message", f"Version {bump.new}", bump.tag)
    return Released(made, bump.tag if tag else None)


def _expect_committed(history: History, bump: Bump) -> None:
    """A file with other changes would take them along into the commit."""
    head = history.head()
    if head is None:
        raise VersioningError("There is no commit yet; make the first one by hand.")
    committed = CommitTree(history, head).contents(edit.path for edit in bump.edits)
    others = [edit.path for edit in bump.edits if committed.get(edit.path) != edit.before]
    if others:
        raise VersioningError(
            f"{', '.join(others)} has changes that are not committed; nothing was written.",
            next_step="Commit them first, or bump without --commit.",
        )


def _commit(history: History, bump: Bump) -> str | None:
    paths = [f":(top,literal){history.prefix}{edit.path}" for edit in bump.edits]
    new = [path for path, edit in zip(paths, bump.edits, strict=True) if edit.before is None]
    if new:
        _operator(history, "add", "--", *new)
    message = f"Release {bump.new}"
    _operator(history, "commit", "--quiet", "--only", "--message", message, "--", *paths)
    return history.head()


def _operator(history: History, *arguments: str) -> None:
    options = without_programs(history.tree)
    done = history.tree.run_as_operator(*options, *arguments, directory=history.tree.root)
    if done.returncode != 0:
        said = visible(done.stderr.decode("utf-8", "replace").strip())[:500]
        raise VersioningError(
            f"git {arguments[0]} failed: {said}.",
            next_step="The files are written; `git status` shows them.",
        )
