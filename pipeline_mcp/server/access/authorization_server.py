"""Asking an authorization server for a document."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import httpx2

from pipeline_mcp.config.settings import settings
from pipeline_mcp.errors import ServiceError, TransientServiceError

_SERVICE = "authorization server"
_MOST_BYTES = 1024 * 1024
# RFC 8414 puts it between the host and the path of the issuer, OpenID Connect behind the path.
_OAUTH = "/.well-known/oauth-authorization-server"
_OPENID = "/.well-known/openid-configuration"


async def jwks_url_of(issuer: str) -> str:
    """Where the issuer says that its public keys are.

    Raises:
        ServiceError: it does not say so, or speaks for somebody else.
    """
    parts = urlsplit(issuer)
    root, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    for place in (f"{root}{_OAUTH}{path}", f"{root}{path}{_OPENID}"):
        try:
            said = await document(place)
        except TransientServiceError:
            raise
        except ServiceError:
            continue
        if said.get("issuer") == issuer and isinstance(said.get("jwks_uri"), str):
            return str(said["jwks_uri"])
    raise ServiceError(
        _SERVICE,
        f"{issuer} does not say where its keys are",
        next_step="Set PIPELINE_AUTH__JWKS_URL, and see that PIPELINE_AUTH__ISSUER is exact.",
    )


async def document(
    url: str, *, form: dict[str, str] | None = None, auth: tuple[str, str] | None = None
) -> dict[str, Any]:
    """The JSON object at `url`, by POST where there is a `form`; redirects are not followed.

    Raises:
        TransientServiceError: it cannot be reached, or has a fault of its own.
        ServiceError: it answers with something else.
    """
    seconds = settings().connect_timeout_seconds
    try:
        async with httpx2.AsyncClient(timeout=seconds, follow_redirects=False) as client:
            method = "GET" if form is None else "POST"
            async with client.stream(
                method, url, data=form, auth=auth, headers={"Accept": "application/json"}
            ) as answer:
                body = await _body(answer)
    except httpx2.HTTPError as error:
        said = f"{url} cannot be reached ({type(error).__name__})"
        raise TransientServiceError(_SERVICE, said) from error
    if answer.status_code >= 500:
        raise TransientServiceError(_SERVICE, f"{url} answers {answer.status_code}")
    found = _parsed(body) if answer.status_code == 200 else None
    if not isinstance(found, dict):
        raise ServiceError(_SERVICE, f"{url} answers {answer.status_code} without a JSON object")
    return found


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


async def _body(answer: httpx2.Response) -> bytes:
    body = bytearray()
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > _MOST_BYTES:
            raise ServiceError(_SERVICE, f"{answer.url} answers more than {_MOST_BYTES} bytes")
    return bytes(body)
