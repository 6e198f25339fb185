"""Bearer tokens, for programs and for people; never their secrets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pipeline_mcp.domain.token import Token
from pipeline_mcp.reporting.document import timestamp


def token_document(token: Token) -> dict[str, Any]:
    """JSON-ready; times in UTC, null where there is none."""
    return {
        "id": token.token_id,
        "name": token.name,
        "scopes": [scope.value for scope in token.scopes],
        "state": token.state.value,
        "created_at": timestamp(token.created_at),
        "expires_at": _timestamp(token.expires_at),
        "revoked_at": _timestamp(token.revoked_at),
        "last_used_at": _timestamp(token.used_at),
    }


def tokens_text(tokens: Sequence[Token]) -> str:
    """A line for each token."""
    if not tokens:
        return "There are no tokens.\n"
    return "".join(
        f"{token.token_id}  {token.name:<20}  {token.state.value:<8}"
        f"  {','.join(token.scopes):<14}  {_ending(token)}  {_use(token)}\n"
        for token in tokens
    )


def _ending(token: Token) -> str:
    return "never expires" if token.expires_at is None else f"expires {_day(token.expires_at)}"


def _use(token: Token) -> str:
    return "never used" if token.used_at is None else f"last used {_day(token.used_at)}"


def _day(epoch_seconds: float) -> str:
    return datetime.fromtimestamp(epoch_seconds).astimezone().strftime("%Y-%m-%d")


def _timestamp(epoch_seconds: float | None) -> str | None:
    return None if epoch_seconds is None else timestamp(epoch_seconds)
