"""A commit made from HEAD with git's plumbing: index, work tree and checked-out branch stay."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline_mcp.domain.integration import Change, Committed, IntegrationWish, LeftOut
from pipeline_mcp.integration.branch import (
    HEADS,
    base_of,
    branch_for,
    expect_name,
    expect_target,
    others,
    tip_of,
)
from pipeline_mcp.integration.errors import IntegrationError
from pipeline_mcp.integration.message import commit_message
from pipeline_mcp.integration.ownership import known
from pipeline_mcp.versioning.history import History
from pipeline_mcp.versioning.trees import CommitTree
from pipeline_mcp.workspace.borrowed import Borrowed, borrowed, said
from pipeline_mcp.workspace.git import WorkTree
from pipeline_mcp.workspace.git_settings import GitSettings

_NOT_COMMITTED = "the commit that is checked out does not have it"
_UNFINISHED = "it has changes that are not committed, or was changed by a commit since"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be committed; `made_at` in seconds since the epoch is the commit's date."""

    session_id: str
    made_at: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The changes that go in, with their contents as git keeps them, and the others."""

    contents: Mapping[str, bytes]
    present: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def commit(
    workspace: Path, tree: WorkTree, settings: GitSettings, draft: Draft, wish: IntegrationWish
) -> Committed:
    """Commit on the branch what of the draft is about content that HEAD has.

    May be done again: the same patch from the same HEAD gives no second commit.

    Raises:
        IntegrationError: the branch may not be used, nobody is known as the author, or git refuses.
    """
    history = History(workspace, tree)
    parent = history.head()
    if parent is None:
        raise IntegrationError("There is no commit yet; make the first one by hand.")
    branch, base = _branches(tree, draft, wish)
    chosen = _sorted(CommitTree(history, parent), draft.changes)
    files = tuple(sorted(chosen.contents))
    commit_id, is_new, message = None, False, ""
    if files:
        with borrowed(tree, settings, writes=not wish.dry_run) as ours:
            _expect_identity(ours)
            made = _tree(ours, parent, history.prefix, chosen.contents)
            going = [change for change in draft.changes if change.path in chosen.contents]
            message = commit_message(draft.session_id, made, going, chosen.left_out)
            if not wish.dry_run:
                commit_id, is_new = _on_branch(ours, tree, branch, (made, parent), message, draft)
            else:
                _is_there(tree, branch, tip_of(tree, branch), (made, parent))
    return Committed(
        branch=branch,
        base=base,
        parent=parent,
        commit=commit_id,
        is_new=is_new,
        message=message,
        files=files,
        present=chosen.present,
        left_out=chosen.left_out,
        ignored=settings.ignored,
    )


def _branches(tree: WorkTree, draft: Draft, wish: IntegrationWish) -> tuple[str, str]:
    branch = wish.branch or branch_for(draft.session_id)
    base = wish.base or base_of(tree, wish.remote)
    expect_name(tree, branch, option="branch")
    if base:
        expect_name(tree, base, option="base")
    expect_target(tree, branch, base=base, remote=wish.remote)
    return branch, base


def _sorted(head: CommitTree, changes: Sequence[Change]) -> _Sorted:
    committed = head.contents(change.path for change in changes)
    contents: dict[str, bytes] = {}
    present, left_out = [], []
    for change in changes:
        there = committed.get(change.path)
        new = None if there is None else _as_committed(change, there)
        if there is None:
            left_out.append(LeftOut(change.path, _NOT_COMMITTED))
        elif new is None:
            left_out.append(LeftOut(change.path, _UNFINISHED))
        elif new == there:
            present.append(change.path)
        else:
            contents[change.path] = new
    return _Sorted(contents, tuple(present), tuple(left_out))


def _as_committed(change: Change, there: bytes) -> bytes | None:
    """The new content as git keeps it; None if what is committed is not what the session saw.

    Where git gives files CRLF at checkout, it keeps them with LF.
    """
    if there in (change.old, change.new):
        return change.new
    plain = [each.replace(b"\r\n", b"\n") for each in (change.old, change.new)]
    is_crlf = change.old == plain[0].replace(b"\n", b"\r\n") != plain[0]
    return plain[1] if is_crlf and there in plain else None


def _expect_identity(ours: Borrowed) -> None:
    for name in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        if ours.run("var", name).returncode != 0:
            raise IntegrationError(
                f"git does not know who commits in {ours.root}.",
                next_step="Set it: `git config user.name NAME`, `git config user.email ADDRESS`.",
            )


def _tree(ours: Borrowed, parent: str, prefix: str, contents: Mapping[str, bytes]) -> str:
    ours.expect("read-tree", parent)
    rows = filter(None, ours.expect("ls-files", "--stage", "-z").split("\0"))
    modes = {path: about.split()[0] for about, _, path in (row.partition("\t") for row in rows)}
    lines = []
    for path, content in contents.items():
        blob = ours.expect("hash-object", "-w", "--no-filters", "--stdin", given=content)
        lines.append(f"{modes[prefix + path]} {blob}\t{prefix}{path}\0")
    ours.expect("update-index", "-z", "--index-info", given=os.fsencode("".join(lines)))
    return ours.expect("write-tree", "--missing-ok")


def _on_branch(
    ours: Borrowed,
    tree: WorkTree,
    branch: str,
    wanted: tuple[str, str],
    message: str,
    draft: Draft,
) -> tuple[str, bool]:
    """The branch's commit of that tree and parent, and whether it was made now."""
    there = tip_of(tree, branch)
    if there is not None and _is_there(tree, branch, there, wanted):
        return there, False
    made = _commit_tree(ours, *wanted, message=message, made_at=draft.made_at)
    # Hooks do not run, and whoever moves the branch at this moment keeps what he has done.
    done = tree.run(
        *("update-ref", "-m", "pipeline-mcp: integrate", f"{HEADS}{branch}", made),
        there or "0" * len(made),
        directory=tree.root,
    )
    if done.returncode != 0:
        raise IntegrationError(f"git does not set the branch {branch}: {said(done)}.")
    return made, True


def _is_there(tree: WorkTree, branch: str, there: str | None, wanted: tuple[str, str]) -> bool:
    """True if the branch's commit, `there`, is the wanted one already.

    Raises:
        IntegrationError: it is somebody else's.
    """
    if there is None:
        return False
    found = known(tree.run("cat-file", "commit", there, directory=tree.root).stdout)
    if not found.is_ours:
        raise others(branch)
    return (found.tree, found.parents) == (wanted[0], (wanted[1],))


def _commit_tree(ours: Borrowed, tree: str, parent: str, *, message: str, made_at: int) -> str:
    date = f"{made_at} +0000"
    signature = ["-S"] if ours.settings.is_on("commit.gpgsign") else []
    done = ours.run(
        *("commit-tree", "-p", parent, *signature, "-F", "-", tree),
        given=message.encode(),
        variables={"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date},
        options=[("i18n.commitEncoding", "UTF-8")],
    )
    if done.returncode != 0:
        what = "sign the commit" if signature else "commit"
        raise IntegrationError(
            f"git cannot {what}: {said(done)}.",
            next_step="`git config --list --show-scope` shows the settings of signing."
            if signature
            else None,
        )
    return os.fsdecode(done.stdout).strip()
