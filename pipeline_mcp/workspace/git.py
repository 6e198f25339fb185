"""git, run so that nothing in a hostile repository gets to run."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pipeline_mcp.config.process import committer_environment, git_environment, search_path
from pipeline_mcp.errors import WorkspaceError

_TIME_LIMIT_SECONDS = 120.0

# These win over the repository's own configuration.
_HARDENING = (
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    f"core.hooksPath={os.devnull}",
    f"core.excludesFile={os.devnull}",
    f"core.attributesFile={os.devnull}",
    "core.sshCommand=false",
    "submodule.recurse=false",
)


@dataclass(frozen=True, slots=True)
class WorkTree:
    """A work tree whose top directory is `root`, and the git program to ask about it."""

    root: Path
    program: str

    def run(
        self, *arguments: str, directory: Path, given: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        """Run one git command in `directory`, whatever its exit code; `given` is its input.

        Raises:
            WorkspaceError: git could not be started, or did not end in time.
        """
        return self._run(arguments, directory, git_environment(), given)

    def run_as_operator(
        self, *arguments: str, directory: Path
    ) -> subprocess.CompletedProcess[bytes]:
        """The same with the operator's identity and signing keys: for commits and tags alone.

        The repository's hooks do not run here either.

        Raises:
            WorkspaceError: as for `run`.
        """
        return self._run(arguments, directory, committer_environment(), b"")

    def _run(
        self, arguments: tuple[str, ...], directory: Path, environment: dict[str, str], given: bytes
    ) -> subprocess.CompletedProcess[bytes]:
        return run_git([*self._hardened(), *arguments], directory, environment, given)

    def _hardened(self) -> list[str]:
        # Naming both directories overrules core.worktree, and git does not then ask who owns them.
        where = [f"--git-dir={self.root / '.git'}", f"--work-tree={self.root}"]
        options = [part for setting in _HARDENING for part in ("-c", setting)]
        return [self.program, "--no-pager", *where, *options]


def run_git(
    command: list[str],
    directory: Path,
    environment: dict[str, str],
    given: bytes = b"",
    *,
    detached: bool = False,
) -> subprocess.CompletedProcess[bytes]:
    """Run git once, whatever its exit code; a detached one has no terminal to ask anything on.

    Raises:
        WorkspaceError: it could not be started, or did not end in time.
    """
    try:
        return subprocess.run(
            command,
            cwd=directory,
            env=environment,
            input=given,
            capture_output=True,
            timeout=_TIME_LIMIT_SECONDS,
            check=False,
            start_new_session=detached,
        )
    except subprocess.TimeoutExpired as error:
        raise WorkspaceError(
            f"git did not answer about {directory} in {_TIME_LIMIT_SECONDS:.0f} seconds."
        ) from error
    except OSError as error:
        raise WorkspaceError(f"git cannot be run in {directory}: {error.strerror}.") from error


def branch_of(directory: Path) -> str | None:
    """The branch that the work tree is on; None where it is on none, and outside of one.

    Raises:
        WorkspaceError: git could not be started, or did not end in time.
    """
    tree = work_tree_of(directory)
    if tree is None:
        return None
    said = tree.run("symbolic-ref", "--short", "--quiet", "HEAD", directory=directory)
    return said.stdout.decode("utf-8", "replace").strip() or None


def work_tree_of(directory: Path) -> WorkTree | None:
    """The work tree that `directory` is in, or None outside of one and where git is missing."""
    program = shutil.which("git", path=search_path())
    if program is None:
        return None
    for root in (directory, *directory.parents):
        mark = root / ".git"
        # Linked work trees and submodules have a file there that points to the git directory.
        if mark.is_file() or os.access(mark / "HEAD", os.R_OK):
            return WorkTree(root, program)
    return None
