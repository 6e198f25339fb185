"""Lets requests over HTTP in that bear a good token, and says to the others what is missing."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.routes import build_resource_metadata_url, create_protected_resource_routes
from pydantic import AnyHttpUrl, ConfigDict, TypeAdapter
from starlette.datastructures import Headers, QueryParams
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.errors import ServiceError
from pipeline_mcp.server.access.verification import Verifier
from pipeline_mcp.server.access.verified import VerifiedToken, known_scopes
from pipeline_mcp.server.web import paths

logger = logging.getLogger(__name__)

_SCOPES = [scope.value for scope in AccessScope]
_WELL_KNOWN = "/.well-known/"
_RETRY_SECONDS = "5"
# Without a slash that nobody wrote: clients compare the names of issuers letter by letter.
_URL = TypeAdapter(AnyHttpUrl, config=ConfigDict(url_preserve_empty_path=True))


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Who checks tokens, and where one gets them; `issuer` is empty without such a place."""

    verifier: Verifier
    issuer: str = ""
    resource: str = ""

    def routes(self) -> list[Route]:
        """The document that tells clients where to get a token (RFC 9728)."""
        if not self.issuer:
            return []
        return create_protected_resource_routes(
            resource_url=_URL.validate_python(self.resource),
            authorization_servers=[_URL.validate_python(self.issuer)],
            scopes_supported=_SCOPES,
            resource_name="pipeline-mcp",
        )

    def challenge(self, *, error: str = "", description: str = "") -> str:
        """The header `WWW-Authenticate` of an answer without an error, or with this one."""
        parts = {"error": error, "error_description": description, "scope": "read"}
        if self.issuer:
            url = build_resource_metadata_url(_URL.validate_python(self.resource))
            parts["resource_metadata"] = str(url)
        said = ", ".join(f'{name}="{value}"' for name, value in parts.items() if value)
        return f"Bearer {said}"


class _RefusedError(Exception):
    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


class Guard:
    """Everything but probes and the metadata of OAuth needs a token, also what comes later."""

    def __init__(self, app: ASGIApp, authenticator: Authenticator) -> None:
        self._app = AuthContextMiddleware(app)
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request in the name of its token, or refuse it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] != "http" or _is_public(scope):
            await self._app(scope, receive, send)
        else:
            try:
                token = await self._authenticated(scope)
            except _RefusedError as refused:
                await self._refusal(refused)(scope, receive, send)
            else:
                await self._app({**scope, "user": AuthenticatedUser(token)}, receive, send)

    async def _authenticated(self, scope: Scope) -> VerifiedToken:
        if "access_token" in QueryParams(scope["query_string"]):
            # Addresses are kept in logs and histories: such a token is not secret any more.
            said = "A token belongs into the header Authorization, never into the address."
            raise _RefusedError(400, "invalid_request", said)
        kind, _, text = Headers(scope=scope).get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not text.strip():
            raise _RefusedError(401, "", "Send a token: Authorization: Bearer TOKEN.")
        token = await self._verified(text.strip())
        if token is None or (token.expires_at is not None and token.expires_at < time.time()):
            raise _RefusedError(401, "invalid_token", "The token is unknown, expired or revoked.")
        if not known_scopes(token.scopes):
            said = f"The token has none of the scopes {', '.join(_SCOPES)}."
            raise _RefusedError(403, "insufficient_scope", said)
        # Tools and resources ask for themselves; pages and numbers only ever read.
        if paths.path_of(scope) != paths.MCP and not token.as_principal().may(AccessScope.READ):
            raise _RefusedError(403, "insufficient_scope", "This needs the scope read.")
        return token

    async def _verified(self, text: str) -> VerifiedToken | None:
        try:
            return await self._authenticator.verifier.verify_token(text)
        except ServiceError as error:
            logger.error("tokens cannot be checked: %s", error)
            raise _RefusedError(503, "", "Tokens cannot be checked now; try again.") from error

    def _refusal(self, refused: _RefusedError) -> JSONResponse:
        body = {"error": refused.error or "refused", "error_description": refused.description}
        if refused.status == 503:
            headers = {"Retry-After": _RETRY_SECONDS}
        else:
            said = refused.description if refused.error else ""
            challenge = self._authenticator.challenge(error=refused.error, description=said)
            headers = {"WWW-Authenticate": challenge}
        return JSONResponse(body, status_code=refused.status, headers=headers)


def _is_public(scope: Scope) -> bool:
    path = paths.path_of(scope)
    return path in paths.PROBES or path.startswith(_WELL_KNOWN)
