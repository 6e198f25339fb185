"""The public keys of an authorization server, fetched seldom and shared by all calls."""

from __future__ import annotations

import time

import anyio
from jwt import PyJWK, PyJWKSet
from jwt.exceptions import PyJWKSetError

from pipeline_mcp.errors import ServiceError
from pipeline_mcp.server.access.authorization_server import document, jwks_url_of

_FRESH_SECONDS = 300.0
# A key that is not known may be a new one. Whoever makes up key ids must not have us ask each time.
_AGAIN_SECONDS = 10.0


class SigningKeys:
    """Those at `url`, or where the issuer's metadata say."""

    def __init__(self, issuer: str, url: str) -> None:
        self._issuer = issuer
        self._url = url
        self._keys: list[PyJWK] = []
        self._fetched_at = float("-inf")
        self._fetching = anyio.Lock()

    async def find(self, key_id: str | None) -> PyJWK | None:
        """The key of that id; without an id the only key there is.

        Raises:
            ServiceError: the keys are not known and cannot be fetched.
        """
        await self._refresh(_FRESH_SECONDS)
        found = self._known(key_id)
        if found is None:
            await self._refresh(_AGAIN_SECONDS)
            found = self._known(key_id)
        return found

    def _known(self, key_id: str | None) -> PyJWK | None:
        if key_id is None:
            return self._keys[0] if len(self._keys) == 1 else None
        return next((key for key in self._keys if key.key_id == key_id), None)

    async def _refresh(self, seconds: float) -> None:
        """Fetch the keys unless that was done within so many seconds; old ones are kept on."""
        async with self._fetching:
            if time.monotonic() - self._fetched_at < seconds:
                return
            try:
                self._url = self._url or await jwks_url_of(self._issuer)
                self._keys = _signing(await document(self._url))
            except ServiceError:
                if not self._keys:
                    raise
            self._fetched_at = time.monotonic()


def _signing(said: object) -> list[PyJWK]:
    """Public keys that sign. A shared secret in there would be a way in for whoever reads it."""
    try:
        keys = PyJWKSet.from_dict(said if isinstance(said, dict) else {}).keys
    except PyJWKSetError as error:
        raise ServiceError("authorization server", f"its keys: {error}") from error
    return [key for key in keys if key.key_type != "oct" and key.public_key_use in (None, "sig")]
