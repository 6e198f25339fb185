"""A bearer token that was found good, and whom it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mcp.server.auth.provider import AccessToken

from pipeline_mcp.domain.access import AccessScope, Principal

# The column of a session's principal.
_LONGEST_NAME = 255


class VerifiedToken(AccessToken):
    """What is kept of a token while a call is answered: all but the token itself.

    The SDK lets only the same `client_id`, issuer and subject go on with an MCP session.
    """

    principal: str

    def as_principal(self) -> Principal:
        """Whoever calls with it, and what he may do."""
        return Principal(self.principal, known_scopes(self.scopes))


def known_scopes(words: Iterable[str]) -> frozenset[AccessScope]:
    """Those of the words that mean something here."""
    return frozenset(scope for scope in AccessScope if scope.value in words)


def subject_of(claims: Mapping[str, Any], issuer: str) -> str | None:
    """The principal of an authorization server's token; None if it stands for nobody.

    Two issuers may both know a `sub`, so the issuer is a part of the name. No issuer has a `#`
    in it, nor has the name of a token of our own: nobody can choose another's name.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        return None
    name = f"{issuer}#{subject}"
    return name if len(name) <= _LONGEST_NAME else None


def verified(claims: Mapping[str, Any], issuer: str) -> VerifiedToken | None:
    """What claims that were checked say; None if they say no subject."""
    principal = subject_of(claims, issuer)
    if principal is None:
        return None
    return VerifiedToken(
        token="",
        client_id=str(claims.get("client_id") or claims.get("azp") or ""),
        scopes=_words(claims),
        expires_at=int(claims["exp"]) if "exp" in claims else None,
        subject=claims["sub"],
        claims={"iss": issuer},
        principal=principal,
    )


def _words(claims: Mapping[str, Any]) -> list[str]:
    """The scopes: `scope` by the standards, `scp` by some vendors, as text or as a list."""
    said = claims.get("scope") or claims.get("scp") or ""
    words = said.split() if isinstance(said, str) else said
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else []
