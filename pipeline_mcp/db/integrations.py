"""Integrations: wishes to commit, push and propose a patch, and how far each has come."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, RowMapping

from pipeline_mcp.db import wishes
from pipeline_mcp.db.tables import integration
from pipeline_mcp.db.wishes import WishState
from pipeline_mcp.domain.integration import (
    Integration,
    IntegrationWish,
    integration_from_dict,
    steps_to_dict,
    wish_from_dict,
)


def want(connection: Connection, session_id: str, wish: IntegrationWish) -> int:
    """Write the wish down in place of an earlier one; gives its number."""
    wanted, fresh = asdict(wish), {"steps": dict[str, Any]()}
    return wishes.want(connection, integration, session_id, wanted, fresh=fresh, first={})


def get(connection: Connection, session_id: str) -> RowMapping | None:
    """The row of the session's latest wish; None where nothing was ever wanted."""
    return wishes.get(connection, integration, session_id)


def begin(connection: Connection, session_id: str) -> RowMapping | None:
    """Take up the wish; None where there is nothing to do."""
    return wishes.begin(connection, integration, session_id)


def write(connection: Connection, done: Integration) -> None:
    """Keep how far it has come."""
    wishes.write(connection, integration, done.session_id, steps=steps_to_dict(done))


def finish(connection: Connection, serial: int, done: Integration) -> None:
    """Write what came of the wish of that number, unless another one came meanwhile."""
    steps = steps_to_dict(done)
    wishes.finish(connection, integration, done.session_id, serial, steps=steps, error=done.error)


def withdraw(connection: Connection, session_id: str, serial: int) -> bool:
    """Take back a wish that nobody has taken up; False if somebody has."""
    return wishes.withdraw(connection, integration, session_id, serial)


def any_at_work(connection: Connection) -> bool:
    """True if there is an integration that was begun and not ended."""
    return wishes.any_at_work(connection, integration)


def take_silent(connection: Connection, *, seconds: float) -> list[str]:
    """The sessions whose integration was begun and of which nothing was heard for so long."""
    return wishes.take_silent(connection, integration, seconds=seconds)


def outcome_of(row: RowMapping) -> Integration | None:
    """What came of the row's wish; None until it is known."""
    return so_far(row) if row["state"] == WishState.DONE.value else None


def so_far(row: RowMapping) -> Integration:
    """How far the row's wish has come."""
    wish = wish_from_dict(row["wish"])
    return integration_from_dict(row["session_id"], wish, row["steps"], row["error"])
