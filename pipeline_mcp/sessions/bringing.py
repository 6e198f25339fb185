"""What a worker does for an application: under a lock on the workspace, with a journal."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import applications, audit, patches, sessions
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.application import (
    Application,
    Direction,
    FileOutcome,
    Journal,
    Wish,
    wish_from_dict,
)
from pipeline_mcp.domain.event import Action
from pipeline_mcp.domain.patch import FileChange
from pipeline_mcp.domain.session import request_from_dict
from pipeline_mcp.errors import PipelineError, TransientServiceError, WorkspaceError, passes
from pipeline_mcp.workspace import apply as applying
from pipeline_mcp.workspace.apply import Tree
from pipeline_mcp.workspace.confine import resolve_workspace
from pipeline_mcp.workspace.directories import Directories
from pipeline_mcp.workspace.stores import blob_store

_ACTIONS = {Direction.APPLY: Action.APPLY, Direction.UNDO: Action.UNDO}


def bring(session_id: str) -> None:
    """Do what is wanted of the session's patch, on the host that has its workspace.

    May be done again after a crash at any place, and by several at once: they take turns.

    Raises:
        TransientServiceError: the database is away, or somebody else is at the workspace.
    """
    with reading() as connection:
        request = request_from_dict(sessions.work(connection, session_id)["request"])
    with unless_it_passes(partial(_give_up, session_id)):
        workspace = workspace_of(request.workspace)
        with alone_in(workspace):
            _bring(session_id, workspace)


@contextmanager
def unless_it_passes(give_up: Callable[[Exception], None]) -> Iterator[None]:
    """What goes wrong inside ends in `give_up`, except what is worth another try.

    Raises:
        TransientServiceError: that was it.
    """
    try:
        yield
    except TransientServiceError:
        raise
    except (PipelineError, OSError) as error:
        if isinstance(error, OSError) and passes(error):
            raise TransientServiceError("workspace", f"{error}") from error
        give_up(error)


@contextmanager
def alone_in(workspace: Path) -> Iterator[None]:
    """Nobody else does the like in this place meanwhile; the lock ends with its process.

    Raises:
        TransientServiceError: somebody does.
    """
    descriptor = os.open(workspace, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise TransientServiceError(
            "workspace", f"somebody else is at work in {workspace}"
        ) from error
    finally:
        os.close(descriptor)


def workspace_of(path: str) -> Path:
    """The directory of a session's workspace, which has to be where it was.

    Raises:
        WorkspaceError: it is not, or it may not be used any more.
    """
    workspace = resolve_workspace(path, settings().workspaces)
    if str(workspace) != path:
        raise WorkspaceError(f"The workspace {path} is now a link to another place.")
    return workspace


def _bring(session_id: str, workspace: Path) -> None:
    with transaction() as connection:
        row = applications.begin(connection, session_id)
        made = patches.get(connection, session_id)
    if row is None:
        return
    wish = wish_from_dict(row["wish"])
    changes = _chosen(made.changes if made else (), wish.files)
    with Directories(workspace) as directories:
        tree = Tree(directories, blob_store(settings()), session_id, _most_bytes())
        files, journal = _done(session_id, wish, tree, changes, applications.journal_of(row))
    with transaction() as connection:
        applications.write_journal(connection, session_id, journal)
        applications.finish(connection, session_id, row["serial"], files=tuple(files))
        _record(connection, Application(session_id, wish, tuple(files)))


def _done(
    session_id: str, wish: Wish, tree: Tree, changes: Sequence[FileChange], journal: Journal
) -> tuple[list[FileOutcome], Journal]:
    if wish.dry_run:
        return applying.survey(tree, changes, journal), journal
    if wish.direction is Direction.UNDO:
        return applying.undo(tree, changes, journal)

    def intend(intended: Journal) -> bool:
        """The one moment that decides between the first file and a cancellation."""
        with transaction(durable=True) as connection:
            if wish.by_itself and not sessions.hold(connection, session_id):
                return False
            applications.write_journal(connection, session_id, intended)
            return True

    return applying.apply(tree, changes, journal, all_or_nothing=wish.all_or_nothing, intend=intend)


def _chosen(changes: Sequence[FileChange], files: Sequence[str]) -> list[FileChange]:
    return sorted(
        (change for change in changes if not files or change.path in files),
        key=lambda change: change.path,
    )


def _most_bytes() -> int:
    """A fix may make a file a little larger than those that are looked at."""
    return 2 * settings().max_file_bytes


def _record(connection: Connection, done: Application) -> None:
    if done.wish.dry_run:
        return
    action = _ACTIONS[done.wish.direction]
    facts = {"files": done.counts()}
    audit.record(connection, action, done.session_id, principal=done.wish.principal, **facts)


def _give_up(session_id: str, error: Exception) -> None:
    """Nothing more can be done: whoever asked is told why."""
    reason = error.message if isinstance(error, PipelineError) else f"{error}"
    with transaction() as connection:
        row = applications.begin(connection, session_id)
        if row is not None:
            applications.finish(connection, session_id, row["serial"], error=reason)
