"""Which directories may be a workspace, and which paths may be inside one."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline_mcp.errors import WorkspaceError

_NOT_COMPONENTS = frozenset(("", ".", "..", ".git"))


def resolve_workspace(path: str | Path, roots: tuple[Path, ...]) -> Path:
    """The directory that `path` means, absolute, with no symbolic link left in it.

    With `roots` it must be one of them or lie inside one.

    Raises:
        WorkspaceError: it is no readable directory, or is outside the roots.
    """
    workspace = _resolve(path)
    allowed = [root.resolve() for root in roots]
    # First of all: of what lies outside, nothing is told, not even whether it exists.
    if allowed and not any(workspace.is_relative_to(root) for root in allowed):
        raise WorkspaceError(
            f"The workspace {path} is outside the allowed roots.",
            next_step="The setting PIPELINE_WORKSPACES lists the directories that may be used.",
        )
    _check_directory(path, workspace)
    if _is_inside_git_directory(workspace):
        raise WorkspaceError(
            f"The workspace {path} is a bare git repository or a git directory: it has no files.",
            next_step="Give the directory of a work tree, for example one made with `git clone`.",
        )
    return workspace


def confine_file(workspace: Path, path: str | Path) -> str:
    """The path of an existing file relative to the resolved `workspace`, with `/`.

    A relative path starts at the workspace.

    Raises:
        WorkspaceError: there is no such file, or it is outside the workspace, or git's own.
    """
    try:
        file = (workspace / path).resolve(strict=True)
    except FileNotFoundError as error:
        raise WorkspaceError(f"The file {path} does not exist in {workspace}.") from error
    except (OSError, RuntimeError, ValueError) as error:
        raise WorkspaceError(f"The file {path} cannot be found: {_said(error)}.") from error
    if not file.is_relative_to(workspace):
        raise WorkspaceError(f"The file {path} is outside the workspace {workspace}.")
    if file.is_dir():
        raise WorkspaceError(
            f"{path} is a directory, not a file.",
            next_step="Name the files in it, or give the directory as the workspace.",
        )
    relative = file.relative_to(workspace).as_posix()
    if not is_plain_path(relative):
        raise WorkspaceError(f"The file {path} is git's own, or its name is not UTF-8.")
    return relative


def is_plain_path(path: str) -> bool:
    """True if `path` may stand in a manifest: relative, UTF-8, without `.`, `..` and `.git`."""
    if not is_utf8(path) or "\0" in path:
        return False
    # Some file systems fold case, and there `.GIT` is git's own directory.
    return _NOT_COMPONENTS.isdisjoint(path.lower().split("/"))


def is_utf8(path: str) -> bool:
    """False for a name whose bytes are not UTF-8: no JSON and no database could hold it."""
    if path.isascii():
        return True
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _resolve(path: str | Path) -> Path:
    if path == "":  # most often a variable that is not set; it must not mean the current directory
        raise WorkspaceError(
            "The workspace has an empty name.",
            next_step="Give a directory: `.` is the current one.",
        )
    try:
        workspace = Path(path).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, an unknown ~user, a NUL
        raise WorkspaceError(f"The workspace {path} cannot be found: {_said(error)}.") from error
    if not is_utf8(str(workspace)):
        raise WorkspaceError(f"The workspace {path!r} has a path that is not UTF-8.")
    return workspace


def _check_directory(path: str | Path, workspace: Path) -> None:
    try:
        with os.scandir(workspace):
            return
    except FileNotFoundError as error:
        raise WorkspaceError(f"The workspace {path} does not exist.") from error
    except NotADirectoryError as error:
        raise WorkspaceError(
            f"The workspace {path} is a file.",
            next_step="Give the directory that holds it, or name the file with --files.",
        ) from error
    except OSError as error:
        raise WorkspaceError(f"The workspace {path} cannot be read: {_said(error)}.") from error


def _is_inside_git_directory(workspace: Path) -> bool:
    if ".git" in workspace.parts:
        return True
    has_head = (workspace / "HEAD").is_file() and not (workspace / ".git").exists()
    return has_head and all((workspace / name).is_dir() for name in ("objects", "refs"))


def _said(error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) else None
    return (reason or str(error)).lower()
