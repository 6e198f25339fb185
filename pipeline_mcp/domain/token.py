"""What is known of a bearer token; its secret is not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline_mcp.domain.access import AccessScope


class TokenState(StrEnum):
    """Whether a token opens anything; only `valid` does."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Token:
    """`name` is the principal that it stands for; times are seconds since the epoch.

    `used_at` is exact to a minute.
    """

    token_id: str
    name: str
    scopes: tuple[AccessScope, ...]
    state: TokenState
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    used_at: float | None
