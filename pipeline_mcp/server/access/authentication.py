"""How this server finds out who calls over HTTP, by its settings."""

from __future__ import annotations

from collections.abc import Callable

from pipeline_mcp.config.authentication import Authentication, Method, is_loopback
from pipeline_mcp.errors import SettingError
from pipeline_mcp.server.access.guard import Authenticator
from pipeline_mcp.server.access.verification import (
    EitherVerifier,
    RememberingVerifier,
    StaticTokenVerifier,
    Verifier,
)

_NEEDED = {
    "jwt": ("issuer", "resource"),
    "introspection": ("issuer", "resource", "introspection_url", "client_id", "client_secret"),
}


def authenticator(
    configured: Authentication, host: str, *, has_tokens: Callable[[], bool]
) -> Authenticator | None:
    """Who checks the tokens of a server that listens at `host`; None if nobody is asked for one.

    `has_tokens` says whether there are tokens of our own; it is asked if nothing else is said.

    Raises:
        SettingError: a setting is missing, or everybody could call.
    """
    methods = configured.methods or _set_up(configured, has_tokens)
    foreign = next((method for method in methods if method in _NEEDED), None)
    if foreign is not None:
        _expect_settings(configured, foreign)
        return Authenticator(_verifier(configured, methods), configured.issuer, configured.resource)
    if "tokens" in methods:
        return Authenticator(_verifier(configured, methods))
    if not is_loopback(host):
        raise SettingError(
            "--host",
            f"{host} is not a loopback address, and callers are not asked who they are",
            next_step="Make a token with `pipeline-mcp token create NAME --scope read`, or set "
            "PIPELINE_AUTH__ISSUER and PIPELINE_AUTH__RESOURCE for OAuth.",
        )
    return None


def _set_up(configured: Authentication, has_tokens: Callable[[], bool]) -> tuple[Method, ...]:
    """What there is: an authorization server, tokens of our own, or both."""
    methods: list[Method] = []
    if configured.introspection_url:
        methods.append("introspection")
    elif configured.issuer:
        methods.append("jwt")
    if has_tokens():
        methods.append("tokens")
    return tuple(methods)


def _expect_settings(configured: Authentication, method: str) -> None:
    for name in _NEEDED[method]:
        value = getattr(configured, name)
        if not (value.get_secret_value() if name == "client_secret" else value):
            raise SettingError(
                f"PIPELINE_AUTH__{name.upper()}", f"the method {method} cannot do without it"
            )


def _verifier(configured: Authentication, methods: tuple[Method, ...]) -> Verifier:
    seconds = configured.cache_seconds
    own = RememberingVerifier(StaticTokenVerifier(), seconds)
    if methods == ("tokens",):
        return own
    foreign: Verifier
    if "jwt" in methods:
        from pipeline_mcp.server.access.signed_tokens import SignedTokenVerifier

        foreign = SignedTokenVerifier(configured)
    else:
        from pipeline_mcp.server.access.introspection import IntrospectionVerifier

        foreign = RememberingVerifier(IntrospectionVerifier(configured), seconds)
    return EitherVerifier(own, foreign) if "tokens" in methods else foreign
