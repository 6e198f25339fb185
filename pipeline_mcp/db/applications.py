"""Applications: wishes to bring a patch into a workspace, and the journal of what was written."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, RowMapping

from pipeline_mcp.db import wishes
from pipeline_mcp.db.tables import application
from pipeline_mcp.db.wishes import WishState
from pipeline_mcp.domain.application import (
    Application,
    FileOutcome,
    Journal,
    JournalState,
    Wish,
    files_from_dicts,
    wish_from_dict,
    wish_to_dict,
)


def want(connection: Connection, session_id: str, wish: Wish) -> int:
    """Write the wish down in place of an earlier one; gives its number. The journal stays."""
    return wishes.want(
        connection,
        application,
        session_id,
        wish_to_dict(wish),
        fresh={"files": []},
        first={"journal": {}},
    )


def get(connection: Connection, session_id: str) -> RowMapping | None:
    """The row of the session's latest wish; None where nothing was ever wanted."""
    return wishes.get(connection, application, session_id)


def begin(connection: Connection, session_id: str) -> RowMapping | None:
    """Take up the wish; None where there is nothing to do."""
    return wishes.begin(connection, application, session_id)


def write_journal(connection: Connection, session_id: str, journal: Journal) -> None:
    """Keep the journal."""
    wishes.write(connection, application, session_id, journal=journal)


def finish(
    connection: Connection,
    session_id: str,
    serial: int,
    *,
    files: tuple[FileOutcome, ...] = (),
    error: str | None = None,
) -> None:
    """Write what came of the wish of that number, unless another one came meanwhile."""
    found = [asdict(file) for file in files]
    wishes.finish(connection, application, session_id, serial, files=found, error=error)


def withdraw_unbegun(connection: Connection, session_id: str) -> None:
    """Take back the wish if nobody has taken it up, whatever its number."""
    row = get(connection, session_id)
    if row is not None:
        withdraw(connection, session_id, row["serial"])


def withdraw(connection: Connection, session_id: str, serial: int) -> bool:
    """Take back a wish that nobody has taken up; False if somebody has."""
    return wishes.withdraw(connection, application, session_id, serial)


def latest(connection: Connection, session_id: str) -> Application | None:
    """What came of the session's latest wish; None if there was none, or it is not known yet."""
    row = get(connection, session_id)
    return None if row is None else outcome_of(row)


def any_at_work(connection: Connection) -> bool:
    """True if there is an application that was begun and not ended."""
    return wishes.any_at_work(connection, application)


def take_silent(connection: Connection, *, seconds: float) -> list[str]:
    """The sessions whose application was begun and of which nothing was heard for so long.

    They count as heard of from now on, so that each is continued once.
    """
    return wishes.take_silent(connection, application, seconds=seconds)


def outcome_of(row: RowMapping) -> Application | None:
    """What came of the row's wish; None until it is known."""
    if row["state"] != WishState.DONE.value:
        return None
    return Application(
        session_id=row["session_id"],
        wish=wish_from_dict(row["wish"]),
        files=files_from_dicts(row["files"]),
        error=row["error"],
    )


def journal_of(row: RowMapping) -> Journal:
    """The row's journal."""
    return {path: JournalState(state) for path, state in row["journal"].items()}
