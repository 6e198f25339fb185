"""Tokens that an authorization server has signed (JWT, RFC 9068)."""

from __future__ import annotations

import logging

import jwt

from pipeline_mcp.config.authentication import Authentication
from pipeline_mcp.server.access.signing_keys import SigningKeys
from pipeline_mcp.server.access.verified import VerifiedToken, verified

logger = logging.getLogger(__name__)

_REQUIRED = ["iss", "aud", "exp", "sub"]


class SignedTokenVerifier:
    """Checks signature, issuer, audience and times; what the token says of its key counts little.

    The algorithm must be one that the operator allows and the one that the key is for. Nothing
    is fetched from where a token says.
    """

    def __init__(self, configured: Authentication) -> None:
        self._configured = configured
        self._keys = SigningKeys(configured.issuer, configured.jwks_url)

    async def verify_token(self, token: str) -> VerifiedToken | None:
        """See `Verifier`."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in self._configured.algorithms:
                raise jwt.InvalidAlgorithmError(f"{header.get('alg')} is not allowed")
            key = await self._keys.find(header.get("kid"))
            if key is None:
                raise jwt.InvalidKeyError("it is of no known key")
            claims = jwt.decode(
                token,
                key,
                algorithms=list(self._configured.algorithms),
                audience=self._configured.expected_audience,
                issuer=self._configured.issuer,
                leeway=self._configured.leeway_seconds,
                options={"require": _REQUIRED, "enforce_minimum_key_length": True},
            )
        except jwt.PyJWTError as error:
            logger.info("a token is refused: %s", error)
            return None
        return verified(claims, self._configured.issuer)
