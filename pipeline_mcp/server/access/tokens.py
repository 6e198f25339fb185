"""Bearer tokens of our own: made once, shown once, checked by their hash."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence

from pipeline_mcp.db import audit, tokens
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.domain.event import LOCAL, Action
from pipeline_mcp.domain.token import Token, TokenState
from pipeline_mcp.errors import PipelineError

# Scanners for leaked secrets know a token by its beginning.
PREFIX = "pmcp"
_FORM = re.compile(rf"{PREFIX}_([0-9a-f]{{12}})_([A-Za-z0-9_-]{{43}})")
# The principals of an authorization server are URLs with a `#`: no name is one of those.
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_DAY_SECONDS = 86400.0


class TokenError(PipelineError):
    """A token cannot be made, or there is none of that name."""


def create(
    name: str,
    scopes: Sequence[AccessScope],
    *,
    days: float | None = None,
    is_another: bool = False,
) -> tuple[Token, str]:
    """Make a token for the principal `name`; gives it and the one text that it is used by.

    Who has a name has its sessions. So a name that was given before takes `is_another`.

    Raises:
        TokenError: the name cannot be used.
    """
    if not _NAME.fullmatch(name) or name == LOCAL:
        raise TokenError(
            f"{name!r} cannot be the name of a token.",
            next_step="Use small letters, digits, '.', '_' and '-', at most 64 in all; "
            f"{LOCAL!r} is taken.",
        )
    token_id, secret = secrets.token_hex(6), _new_secret()
    with transaction() as connection:
        if tokens.all_of(connection, name=name) and not is_another:
            raise TokenError(
                f"There is or was a token of the name {name!r}.",
                next_step="Choose another name, or say --another: both tokens then open the same "
                "sessions.",
            )
        tokens.insert(
            connection,
            token_id,
            name=name,
            digest=_digest(secret),
            scopes=scopes,
            seconds=None if days is None else days * _DAY_SECONDS,
        )
        audit.record(connection, Action.ISSUE, token=token_id, name=name, scopes=scopes)
        made = tokens.all_of(connection, name=name)[-1]
    return made, f"{PREFIX}_{token_id}_{secret}"


def listed() -> list[Token]:
    """All tokens, oldest first."""
    with reading() as connection:
        return tokens.all_of(connection)


def revoke(name_or_id: str) -> list[Token]:
    """End the token of that id, or all of that name; gives those that were ended.

    Raises:
        TokenError: there is none.
    """
    with transaction() as connection:
        by_id = tokens.find(connection, name_or_id)
        meant = [by_id.token] if by_id else tokens.all_of(connection, name=name_or_id)
        if not meant:
            raise TokenError(
                f"No token has the name or the id {name_or_id!r}.",
                next_step="List the tokens with `pipeline-mcp token list`.",
            )
        ended = [each for each in meant if tokens.revoke(connection, each.token_id)]
        for each in ended:
            audit.record(connection, Action.REVOKE, token=each.token_id, name=each.name)
    return ended


def are_in_use() -> bool:
    """True if there is a token that opens something."""
    with reading() as connection:
        return tokens.any_valid(connection)


def checked(text: str) -> Token | None:
    """The token that `text` is, or None: malformed, unknown, expired, revoked or made up.

    Raises:
        ServiceError: the database cannot be asked.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        return None
    token_id, secret = form.groups()
    with reading() as connection:
        found = tokens.find(connection, token_id)
    if found is None or not hmac.compare_digest(found.digest, _digest(secret)):
        return None
    if found.token.state is not TokenState.VALID:
        return None
    if not found.is_noted:
        with transaction() as connection:
            tokens.touch(connection, token_id)
    return found.token


def _new_secret() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def _digest(secret: str) -> str:
    """SHA-256, without salt or stretching: those make guessing costly where people choose.

    Of 256 random bits nobody guesses any, and a check on every call must not cost what a
    password's may.
    """
    return hashlib.sha256(secret.encode()).hexdigest()
