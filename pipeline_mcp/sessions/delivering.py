"""What a worker does to integrate: commit, push, propose, each step written down when it is done.

Every step looks at what is there before it does anything: the branch's commit, the remote's, the
open pull request and its comment. So it may be done again after a crash at any place.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import anyio
from sqlalchemy import RowMapping

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import audit, events, integrations, patches, sessions, workspaces
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.event import Action, EventKind
from pipeline_mcp.domain.integration import Integration
from pipeline_mcp.domain.session import SessionView
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.integration.commit import Draft, commit
from pipeline_mcp.integration.errors import IntegrationError
from pipeline_mcp.integration.proposing import propose_commit
from pipeline_mcp.integration.push import push
from pipeline_mcp.sessions.bringing import alone_in, unless_it_passes, workspace_of
from pipeline_mcp.sessions.patched import changes_of
from pipeline_mcp.workspace.git import WorkTree, work_tree_of
from pipeline_mcp.workspace.git_settings import read_settings
from pipeline_mcp.workspace.stores import blob_store

_NO_PULL_REQUEST = (
    "no pull request: github.token is not set (PIPELINE_GITHUB__TOKEN, a token with the "
    "permissions Contents: write and Pull requests: write)"
)


def deliver(session_id: str) -> None:
    """Do what is wanted of the session's patch, on the host that has its workspace.

    Raises:
        TransientServiceError: the database is away, or somebody else is at the repository.
    """
    with reading() as connection:
        session = sessions.view(connection, session_id)
    with unless_it_passes(partial(_give_up, session_id)):
        workspace = workspace_of(session.workspace)
        tree = work_tree_of(workspace)
        if tree is None:
            raise IntegrationError(f"{workspace} is in no git work tree: nothing can be committed.")
        with alone_in(tree.root / ".git"):
            _deliver(session, workspace, tree)


def _deliver(session: SessionView, workspace: Path, tree: WorkTree) -> None:
    with transaction() as connection:
        row = integrations.begin(connection, session.session_id)
        trusted = workspaces.is_trusted(connection, workspace)
    if row is None:
        return
    wish = integrations.so_far(row).wish
    draft = _draft(session)
    configured = read_settings(tree, trusted=trusted)
    made = commit(workspace, tree, configured, draft, wish)
    done = Integration(session.session_id, wish, committed=made)
    _note(done)
    if made.commit is not None and wish.is_pushed:
        where = push(tree, configured, settings(), made, remote=wish.remote, trusted=trusted)
        done = replace(done, pushed=where)
        _note(done)
        done = _proposed(done, draft, workspace)
    _finish(row, done)


def _draft(session: SessionView) -> Draft:
    with reading() as connection:
        made = patches.get(connection, session.session_id)
        if made is None:
            raise IntegrationError(f"The session {session.session_id} has fixed nothing.")
        changes = changes_of(connection, session.session_id, made, blob_store(settings()))
    made_at = int(session.finished_at or session.updated_at)
    return Draft(session.session_id, made_at, changes)


def _proposed(done: Integration, draft: Draft, workspace: Path) -> Integration:
    if not done.wish.pull_request:
        return done
    token = settings().github.token
    if token is None or not token.get_secret_value():
        return replace(done, missing=(*done.missing, _NO_PULL_REQUEST))
    call = partial(propose_commit, settings(), workspace, done, draft.changes)
    return replace(done, pull_request=anyio.run(call))


def _note(done: Integration) -> None:
    with transaction() as connection:
        integrations.write(connection, done)


def _finish(row: RowMapping, done: Integration) -> None:
    with transaction() as connection:
        integrations.finish(connection, row["serial"], done)
        if done.committed is None or done.committed.commit is None:
            return
        facts = {
            "branch": done.committed.branch,
            "commit": done.committed.commit,
            "pushed": done.pushed.address if done.pushed else None,
            "pull_request": done.pull_request.number if done.pull_request else None,
        }
        events.record(connection, done.session_id, EventKind.INTEGRATED, **facts)
        principal = done.wish.principal
        audit.record(connection, Action.INTEGRATE, done.session_id, principal=principal, **facts)


def _give_up(session_id: str, error: Exception) -> None:
    """Nothing more can be done: whoever asked is told why, and what was done before."""
    said = f"{error}"
    if isinstance(error, PipelineError) and error.next_step:
        said = f"{error.message} {error.next_step}"
    with transaction() as connection:
        row = integrations.begin(connection, session_id)
        if row is not None:
            done = integrations.so_far(row)
            integrations.finish(connection, row["serial"], replace(done, error=said))
