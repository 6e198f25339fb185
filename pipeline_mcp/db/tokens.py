"""Bearer tokens: hashes of their secrets, and whether they still count by the database's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, case, false, func, select, update

from pipeline_mcp.db import clock
from pipeline_mcp.db.tables import token
from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.domain.token import Token, TokenState

# A row is not written for every call: "last used" need not be more exact.
_USE_SECONDS = 60.0
_IS_NOTED = func.coalesce(token.c.used_at > clock.now() - _USE_SECONDS, false()).label("is_noted")
_STATE = case(
    (token.c.revoked_at.is_not(None), TokenState.REVOKED.value),
    (token.c.expires_at <= clock.now(), TokenState.EXPIRED.value),
    else_=TokenState.VALID.value,
).label("state")


@dataclass(frozen=True, slots=True)
class Found:
    """A token, the hash of its secret, and whether its use was noted within the last minute."""

    token: Token
    digest: str
    is_noted: bool


def insert(
    connection: Connection,
    token_id: str,
    *,
    name: str,
    digest: str,
    scopes: Sequence[AccessScope],
    seconds: float | None,
) -> None:
    """Write a new token, which ends after so many seconds, or never."""
    connection.execute(
        token.insert().values(
            id=token_id,
            name=name,
            hash=digest,
            scopes=[scope.value for scope in scopes],
            created_at=clock.now(),
            expires_at=None if seconds is None else clock.now() + seconds,
        )
    )


def find(connection: Connection, token_id: str) -> Found | None:
    """What is known of the token, or None if there is no such token."""
    query = select(token, _STATE, _IS_NOTED).where(token.c.id == token_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else Found(_token(row), row["hash"], bool(row["is_noted"]))


def all_of(connection: Connection, *, name: str | None = None) -> list[Token]:
    """All tokens, or those of that name, oldest first."""
    query = select(token, _STATE).order_by(token.c.created_at, token.c.id)
    if name is not None:
        query = query.where(token.c.name == name)
    return [_token(row) for row in connection.execute(query).mappings()]


def any_valid(connection: Connection) -> bool:
    """True if some token opens something."""
    query = select(token.c.id).where(_STATE.element == TokenState.VALID.value).limit(1)
    return connection.execute(query).first() is not None


def revoke(connection: Connection, token_id: str) -> bool:
    """End the token; False if that was done before."""
    ended = connection.execute(
        update(token)
        .where(token.c.id == token_id, token.c.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )
    return ended.rowcount == 1


def touch(connection: Connection, token_id: str) -> None:
    """Note that the token was used."""
    connection.execute(update(token).where(token.c.id == token_id).values(used_at=clock.now()))


def _token(row: RowMapping) -> Token:
    return Token(
        token_id=row["id"],
        name=row["name"],
        scopes=tuple(AccessScope(scope) for scope in row["scopes"]),
        state=TokenState(row["state"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        used_at=row["used_at"],
    )
