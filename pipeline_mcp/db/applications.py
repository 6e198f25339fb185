"""Applications: wishes to bring a patch into a workspace, and the journal of what was written."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, RowMapping, select, update

from pipeline_mcp.db import clock
from pipeline_mcp.db.tables import application
from pipeline_mcp.db.upsert import insert_if_absent
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


class WishState(StrEnum):
    """Where a wish stands; `done` also if nothing could be done, or it was withdrawn."""

    WANTED = "wanted"
    WORKING = "working"
    DONE = "done"


def want(connection: Connection, session_id: str, wish: Wish) -> int:
    """Write the wish down in place of an earlier one; gives its number. The journal stays."""
    values = {"wish": wish_to_dict(wish), "state": WishState.WANTED.value, "files": []}
    new = {"session_id": session_id, "serial": 0, "journal": {}, **values}
    insert_if_absent(connection, application, [new], updated_at=clock.now())
    written = (
        update(application)
        .where(application.c.session_id == session_id)
        .values(serial=application.c.serial + 1, error=None, updated_at=clock.now(), **values)
        .returning(application.c.serial)
    )
    return int(connection.execute(written).scalar_one())


def get(connection: Connection, session_id: str) -> RowMapping | None:
    """The row of the session's latest wish; None where nothing was ever wanted."""
    query = select(application).where(application.c.session_id == session_id)
    return connection.execute(query).mappings().first()


def begin(connection: Connection, session_id: str) -> RowMapping | None:
    """Take up the wish; None where there is nothing to do."""
    taken = (
        update(application)
        .where(application.c.session_id == session_id, application.c.state != WishState.DONE.value)
        .values(state=WishState.WORKING.value, updated_at=clock.now())
        .returning(application)
    )
    return connection.execute(taken).mappings().first()


def write_journal(connection: Connection, session_id: str, journal: Journal) -> None:
    """Keep the journal."""
    connection.execute(
        update(application)
        .where(application.c.session_id == session_id)
        .values(journal=journal, updated_at=clock.now())
    )


def finish(
    connection: Connection,
    session_id: str,
    serial: int,
    *,
    files: tuple[FileOutcome, ...] = (),
    error: str | None = None,
) -> None:
    """Write what came of the wish of that number, unless another one came meanwhile."""
    connection.execute(
        update(application)
        .where(application.c.session_id == session_id, application.c.serial == serial)
        .values(
            state=WishState.DONE.value,
            files=[asdict(file) for file in files],
            error=error,
            updated_at=clock.now(),
        )
    )


def withdraw_unbegun(connection: Connection, session_id: str) -> None:
    """Take back the wish if nobody has taken it up, whatever its number."""
    row = get(connection, session_id)
    if row is not None:
        withdraw(connection, session_id, row["serial"])


def withdraw(connection: Connection, session_id: str, serial: int) -> bool:
    """Take back a wish that nobody has taken up; False if somebody has."""
    taken_back = connection.execute(
        update(application)
        .where(
            application.c.session_id == session_id,
            application.c.serial == serial,
            application.c.state == WishState.WANTED.value,
        )
        .values(state=WishState.DONE.value, error="it was withdrawn", updated_at=clock.now())
    )
    return taken_back.rowcount == 1


def latest(connection: Connection, session_id: str) -> Application | None:
    """What came of the session's latest wish; None if there was none, or it is not known yet."""
    row = get(connection, session_id)
    return None if row is None else outcome_of(row)


def any_at_work(connection: Connection) -> bool:
    """True if there is an application that was begun and not ended."""
    found = select(application.c.session_id).where(_is_at_work()).limit(1)
    return connection.execute(found).first() is not None


def take_silent(connection: Connection, *, seconds: float) -> list[str]:
    """The sessions whose application was begun and of which nothing was heard for so long.

    They count as heard of from now on, so that each is continued once.
    """
    silent = application.c.updated_at < clock.now() - seconds
    taken = (
        update(application)
        .where(_is_at_work(), silent)
        .values(updated_at=clock.now())
        .returning(application.c.session_id)
    )
    return sorted(connection.scalars(taken))


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


def _is_at_work() -> ColumnElement[bool]:
    return application.c.state == WishState.WORKING.value


def journal_of(row: RowMapping) -> Journal:
    """The row's journal."""
    return {path: JournalState(state) for path, state in row["journal"].items()}
