"""Checking bearer tokens: our own, and those of an authorization server."""

from __future__ import annotations

import hashlib
import time
from typing import Protocol

import anyio.to_thread

from pipeline_mcp.server.access import tokens
from pipeline_mcp.server.access.verified import VerifiedToken

# Beyond it those that were found good are asked about again, so that memory has an end.
_MOST_REMEMBERED = 4096


class Verifier(Protocol):
    """A `TokenVerifier` of the SDK that also says whom a token stands for."""

    async def verify_token(self, token: str) -> VerifiedToken | None:
        """What the token stands for; None if it is not good.

        Raises:
            ServiceError: whoever knows cannot be asked.
        """


class StaticTokenVerifier:
    """Tokens that `pipeline-mcp token create` made."""

    async def verify_token(self, token: str) -> VerifiedToken | None:
        """See `Verifier`."""
        found = await anyio.to_thread.run_sync(tokens.checked, token)
        if found is None:
            return None
        return VerifiedToken(
            token="",
            client_id=found.name,
            scopes=[scope.value for scope in found.scopes],
            expires_at=None if found.expires_at is None else int(found.expires_at),
            subject=found.name,
            principal=found.name,
        )


class EitherVerifier:
    """Our own tokens, which their beginning tells, and those of an authorization server."""

    def __init__(self, own: Verifier, foreign: Verifier) -> None:
        self._own = own
        self._foreign = foreign

    async def verify_token(self, token: str) -> VerifiedToken | None:
        """See `Verifier`; each token is shown to one of the two alone."""
        chosen = self._own if token.startswith(f"{tokens.PREFIX}_") else self._foreign
        return await chosen.verify_token(token)


class RememberingVerifier:
    """Spares asking about the same good token within some seconds; never beyond its expiry.

    A token that was refused is asked about each time: strangers cannot fill the memory.
    """

    def __init__(self, verifier: Verifier, seconds: float) -> None:
        self._verifier = verifier
        self._seconds = seconds
        self._known: dict[bytes, tuple[float, VerifiedToken]] = {}

    async def verify_token(self, token: str) -> VerifiedToken | None:
        """See `Verifier`."""
        key = hashlib.sha256(token.encode()).digest()
        until, known = self._known.get(key, (0.0, None))
        if known is not None and time.monotonic() < until:
            return known
        self._known.pop(key, None)
        found = await self._verifier.verify_token(token)
        if found is not None and self._seconds:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[key] = (time.monotonic() + self._seconds, found)
        return found
