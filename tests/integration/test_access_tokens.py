"""Bearer tokens: made, checked, expired and revoked, on SQLite and on Postgres."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from pipeline_mcp.db import clock
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.db.tables import audit, token
from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.domain.token import TokenState
from pipeline_mcp.server.access import tokens
from pipeline_mcp.server.access.tokens import TokenError, checked, create, listed, revoke

pytestmark = pytest.mark.usefixtures("database")

SCOPES = [AccessScope.READ, AccessScope.RUN]


def test_a_token_is_what_it_was_made_as() -> None:
    made, text = create("ci", SCOPES, days=30)
    found = checked(text)
    assert found is not None
    assert (found.name, found.scopes, found.state) == ("ci", tuple(SCOPES), TokenState.VALID)
    assert made.expires_at == pytest.approx(made.created_at + 30 * 86400, abs=1)
    assert [each.used_at is not None for each in listed()] == [True]


def test_its_secret_is_nowhere_in_the_database() -> None:
    _, text = create("ci", SCOPES)
    secret = text.split("_", 2)[2]
    with reading() as connection:
        rows = [*connection.execute(select(token)), *connection.execute(select(audit))]
    assert len(rows) == 2
    assert secret not in repr(rows)


def test_what_is_not_the_very_token_is_nothing() -> None:
    _, text = create("ci", SCOPES)
    other = create("other", SCOPES)[1]
    prefix, token_id, secret = text.split("_", 2)
    wrong = "A" if secret[0] != "A" else "B"
    for forged in (
        "",
        text[:-1],
        f"{text}x",
        f"{prefix}_{token_id}_{wrong}{secret[1:]}",
        f"{prefix}_{other.split('_', 2)[1]}_{secret}",
        f"{prefix}_000000000000_{secret}",
        text.upper(),
    ):
        assert checked(forged) is None


def test_an_expired_token_opens_nothing() -> None:
    _, text = create("ci", SCOPES, days=1)
    with transaction() as connection:
        connection.execute(update(token).values(expires_at=clock.now() - 1))
    assert checked(text) is None
    assert not tokens.are_in_use()
    assert [each.state for each in listed()] == [TokenState.EXPIRED]


def test_a_name_or_an_id_is_revoked_for_good() -> None:
    first, text = create("ci", SCOPES)
    second, another = create("ci", SCOPES, is_another=True)
    assert [each.token_id for each in revoke(first.token_id)] == [first.token_id]
    assert checked(text) is None
    assert checked(another) is not None
    assert [each.token_id for each in revoke("ci")] == [second.token_id]
    assert checked(another) is None
    assert revoke("ci") == []


@pytest.mark.parametrize("name", ["local", "", "Anna", "https://issuer#anna", "a b", "x" * 65])
def test_some_names_are_not_for_tokens(name: str) -> None:
    with pytest.raises(TokenError, match="cannot be the name"):
        create(name, SCOPES)


def test_a_name_and_its_sessions_are_not_given_away_by_mistake() -> None:
    create("ci", SCOPES)
    revoke("ci")
    with pytest.raises(TokenError, match="There is or was"):
        create("ci", SCOPES)


def test_there_is_nothing_to_revoke_of_a_stranger() -> None:
    with pytest.raises(TokenError, match="No token has the name"):
        revoke("nobody")
