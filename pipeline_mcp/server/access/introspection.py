"""Tokens that mean nothing to us, and that their authorization server explains (RFC 7662)."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from pipeline_mcp.config.authentication import Authentication
from pipeline_mcp.server.access.authorization_server import document
from pipeline_mcp.server.access.verified import VerifiedToken, verified

logger = logging.getLogger(__name__)


class IntrospectionVerifier:
    """Asks about each token; `RememberingVerifier` spares most of it."""

    def __init__(self, configured: Authentication) -> None:
        self._configured = configured

    async def verify_token(self, token: str) -> VerifiedToken | None:
        """See `Verifier`."""
        configured = self._configured
        secret = configured.client_secret.get_secret_value()
        claims = await document(
            configured.introspection_url,
            form={"token": token, "token_type_hint": "access_token"},
            # RFC 6749 wants both encoded before they become Basic authentication.
            auth=(quote_plus(configured.client_id), quote_plus(secret)),
        )
        if problem := self._problem(claims):
            logger.info("a token is refused: %s", problem)
            return None
        return verified(claims, configured.issuer)

    def _problem(self, claims: Mapping[str, Any]) -> str | None:
        """Active is what the server says of a token of its own; for whom it is we look at."""
        if claims.get("active") is not True:
            return "it is not active"
        if claims.get("iss", self._configured.issuer) != self._configured.issuer:
            return "it is of another issuer"
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if self._configured.expected_audience not in audiences:
            return "it is meant for another audience"
        return self._time_problem(claims)

    def _time_problem(self, claims: Mapping[str, Any]) -> str | None:
        now, leeway = time.time(), self._configured.leeway_seconds
        for name in ("exp", "nbf"):
            if not isinstance(claims.get(name, 0), int | float):
                return f"{name} is no time"
        if "exp" in claims and claims["exp"] + leeway < now:
            return "it has expired"
        if claims.get("nbf", 0) - leeway > now:
            return "it does not count yet"
        return None
