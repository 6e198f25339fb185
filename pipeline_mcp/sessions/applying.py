"""Ask for a patch to be brought into its workspace or taken back, and wait for what comes of it."""

from __future__ import annotations

from collections.abc import Collection

from pipeline_mcp.broker import send_application
from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import applications, patches, sessions
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.application import Application, Direction, Wish
from pipeline_mcp.domain.patch import Patch
from pipeline_mcp.domain.session import SessionRequest, SessionView, Stage, request_from_dict
from pipeline_mcp.sessions.awaiting import WishError, Wishes, wait_for
from pipeline_mcp.sessions.send import node_of

_FILE_HEAD = "diff --git "


class ApplicationError(WishError):
    """The patch cannot be applied or taken back."""


_APPLICATIONS = Wishes(
    "apply or undo", applications.get, applications.outcome_of, applications.withdraw
)


def fulfil(session_id: str, wish: Wish) -> Application:
    """Write the wish down, hand it to a worker on the workspace's host, and wait for its end.

    Raises:
        UnknownSessionError: there is no such session.
        WishError: it goes on, it has fixed nothing, the files are none of its patch, or the worker
            could not do it or was not heard of.
        ServiceError: the database or the broker cannot be used.
    """
    request = _expect_possible(session_id, wish)
    with transaction() as connection:
        serial = applications.want(connection, session_id, wish)
    send_application(session_id, node=node_of(request))
    done = wait_for(session_id, serial, _APPLICATIONS, seconds=settings().apply_seconds)
    if done.error is not None:
        raise ApplicationError(f"Nothing could be done: {done.error}")
    return done


def begin(session_id: str) -> str | None:
    """Want the patch of a session that applies by itself, once; gives the host to do it.

    None where there is nothing to do: it does not, has fixed nothing, or it is done.
    """
    with transaction() as connection:
        is_open = sessions.hold(connection, session_id)
        row = sessions.work(connection, session_id)
        request = request_from_dict(row["request"])
        plan = request.fix
        if plan is None or not plan.apply or not is_open or row["stage"] != Stage.CLEANUP:
            return None
        known = applications.get(connection, session_id)
        if known is None and patches.get(connection, session_id) is None:
            return None
        if known is None:
            wish = Wish(Direction.APPLY, principal=row["principal"], by_itself=True)
            applications.want(connection, session_id, wish)
        elif applications.outcome_of(known) is not None:
            return None
        sessions.touch(connection, session_id)
    return node_of(request) or ""


def diff(session_id: str, files: Collection[str] = ()) -> str:
    """The session's patch, or what of it is about `files`, as `git apply` takes it.

    Raises:
        UnknownSessionError: there is no such session.
        ApplicationError: it goes on, has fixed nothing, or a file is none of its patch.
    """
    wish = Wish(Direction.APPLY, tuple(files))
    _expect_possible(session_id, wish)
    with reading() as connection:
        made = patches.get(connection, session_id)
    return "" if made is None else _part(made, files)


def latest(session_id: str) -> Application | None:
    """What came of the session's latest wish; None if there was none, or it is not known yet."""
    with reading() as connection:
        return applications.latest(connection, session_id)


def _expect_possible(session_id: str, wish: Wish) -> SessionRequest:
    with reading() as connection:
        session = sessions.view(connection, session_id)
        made = patches.get(connection, session_id)
    expect_fixed(session)
    known = {change.path for change in made.changes} if made else set()
    if strange := sorted(set(wish.files) - known):
        raise ApplicationError(
            f"The patch of {session_id} does not change {', '.join(strange[:5])}.",
            next_step=f"It changes {', '.join(sorted(known)[:20]) or 'nothing'}.",
        )
    return session.request


def expect_fixed(session: SessionView) -> None:
    """Refuse a session that fixes nothing, or goes on.

    Raises:
        ApplicationError: it is one of them.
    """
    if session.request.fix is None:
        raise ApplicationError(
            f"The session {session.session_id} has looked and fixed nothing.",
            next_step=f"`pipeline-mcp fix {session.session_id}` (quality_patcher_fix) makes "
            "verified fixes of what it has found, in a session of their own.",
        )
    if not session.is_final:
        raise ApplicationError(
            f"The session {session.session_id} is {session.status}: its patch is not ready.",
            next_step=f"Wait for its end: `pipeline-mcp status {session.session_id}`.",
            is_open=True,
        )


def _part(made: Patch, files: Collection[str]) -> str:
    if not files:
        return made.diff
    sections = made.diff.split(f"\n{_FILE_HEAD}")
    heads = [sections[0], *(f"{_FILE_HEAD}{section}" for section in sections[1:])]
    chosen = (
        f"{text.removesuffix(chr(10))}\n"
        for change, text in zip(made.changes, heads, strict=True)
        if change.path in files
    )
    return "".join(chosen)
