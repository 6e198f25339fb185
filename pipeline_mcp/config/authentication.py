"""How callers over HTTP prove who they are."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

Method = Literal["none", "tokens", "jwt", "introspection"]
# Signatures by a private key alone: with a shared secret whoever checks tokens could make them.
Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]


def is_loopback(host: str) -> bool:
    """True for a name or address that only this machine can reach."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _secure_url(url: str) -> str:
    """Tokens and keys must not travel where others read along."""
    parts = urlsplit(url)
    is_local = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if url and not is_local and (parts.scheme != "https" or not parts.hostname):
        raise ValueError("it must be an https:// URL (http:// on this machine alone)")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("it must have no query, no fragment and no user name")
    return url


SecureUrl = Annotated[str, AfterValidator(_secure_url)]


class Authentication(BaseModel):
    """The settings under `auth`; `methods` empty means: what is set up.

    `resource` is the URL under which clients reach this server's MCP endpoint; it is the
    audience of their tokens unless `audience` names another.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    methods: tuple[Method, ...] = ()
    resource: SecureUrl = ""
    audience: str = ""
    issuer: SecureUrl = ""
    jwks_url: SecureUrl = ""
    algorithms: tuple[Algorithm, ...] = Field(("RS256", "ES256"), min_length=1)
    leeway_seconds: float = Field(30.0, ge=0, le=300)
    introspection_url: SecureUrl = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    cache_seconds: float = Field(5.0, ge=0, le=60)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if "none" in self.methods and len(self.methods) > 1:
            raise ValueError("methods: none goes with no other method")
        if {"jwt", "introspection"} <= set(self.methods):
            raise ValueError("methods: choose jwt or introspection")
        return self

    @property
    def expected_audience(self) -> str:
        """What a token must be meant for."""
        return self.audience or self.resource
