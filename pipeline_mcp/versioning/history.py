"""What git knows of a project: refs, tags, commits, and the files of a commit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline_mcp.reporting.sanitise import visible
from pipeline_mcp.versioning.errors import RefError, VersioningError
from pipeline_mcp.workspace.git import WorkTree, work_tree_of

# What `git check-ref-format` and revision syntax need; no options, no controls, no ranges.
_REF = re.compile(r"(?!-)[^\x00-\x20\x7f:?*\[\\]{1,250}")
_MOST_COMMITS = 5_000


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit's message."""

    sha: str
    subject: str
    body: str


class History:
    """The repository around `project`; nothing here changes a file or runs its code."""

    def __init__(self, project: Path, tree: WorkTree) -> None:
        self.project = project
        self.tree = tree

    @property
    def prefix(self) -> str:
        """The project's way from the top of the work tree, `""` or with `/` at its end."""
        relative = self.project.relative_to(self.tree.root.resolve()).as_posix()
        return "" if relative == "." else f"{relative}/"

    def resolve(self, ref: str) -> str:
        """The full hash of the commit that `ref` means.

        Raises:
            RefError: there is none.
        """
        named = visible(ref)[:100]
        if not _REF.fullmatch(ref) or ".." in ref:
            raise RefError(f"{named!r} is not the name of a git commit.")
        said = self._run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", may_fail=True)
        if not said.strip():
            raise RefError(
                f"The ref {named} does not exist in {self.tree.root}.",
                next_step="Fetch it (a shallow clone lacks tags and branches), or name another.",
            )
        return said.strip()

    def head(self) -> str | None:
        """The commit that is checked out; None before the first one."""
        said = self._run("rev-parse", "--verify", "--quiet", "HEAD^{commit}", may_fail=True)
        return said.strip() or None

    def is_shallow(self) -> bool:
        """True if older commits are missing here."""
        return self._run("rev-parse", "--is-shallow-repository").strip() == "true"

    def tags(self, *, merged: str | None = None) -> dict[str, str]:
        """All tags, or those that the commit `merged` comes from, each with what it points to."""
        only = [f"--merged={merged}"] if merged else []
        form = "%(refname:strip=2)%00%(objectname)%00%(*objectname)"
        lines = self._run("for-each-ref", f"--format={form}", *only, "refs/tags").splitlines()
        rows = [line.split("\0") for line in lines if line.count("\0") == 2]
        return {name: peeled or sha for name, sha, peeled in rows}

    def distance(self, ancestor: str, descendant: str) -> int:
        """How many commits the one has that the other has not."""
        return int(self._run("rev-list", "--count", f"{ancestor}..{descendant}"))

    def commits(self, since: str | None, until: str) -> list[Commit]:
        """The commits that touched the project, newest first; merges say nothing of their own."""
        span = f"{since}..{until}" if since else until
        said = self._run(
            "rev-list",
            "--no-merges",
            f"--max-count={_MOST_COMMITS}",
            "--no-commit-header",
            "--format=%H%x00%s%x00%b%x00%x01",
            span,
            "--",
            self.prefix or ".",
        )
        rows = (entry.lstrip("\n").split("\0") for entry in said.split("\0\x01"))
        return [Commit(row[0], row[1], row[2].strip()) for row in rows if len(row) == 3]

    def _run(self, *arguments: str, may_fail: bool = False) -> str:
        said = self.tree.run(*arguments, directory=self.tree.root)
        if said.returncode != 0 and not may_fail:
            reason = visible(said.stderr.decode("utf-8", "replace").strip())[:300]
            raise VersioningError(f"git {arguments[0]} failed in {self.tree.root}: {reason}.")
        return said.stdout.decode("utf-8", "replace")


def history_of(project: Path) -> History | None:
    """The history of a resolved directory; None outside of a git work tree."""
    tree = work_tree_of(project)
    return None if tree is None else History(project, tree)


def expect_history(project: Path) -> History:
    """As `history_of`.

    Raises:
        RefError: the directory is in no git work tree, so there is nothing to compare with.
    """
    history = history_of(project)
    if history is None:
        raise RefError(f"{project} is in no git work tree, so there is no ref to compare with.")
    return history
