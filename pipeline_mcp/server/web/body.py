"""How large a request may be, and how long it may take to arrive."""

from __future__ import annotations

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline_mcp.server.web import paths
from pipeline_mcp.server.web.refusal import refusal

# Where in the scope those after this find the body without asking for it.
BODY = "pipeline_mcp.body"
_WITH_BODY = ("POST", "PUT", "PATCH")


class _TooLargeError(Exception):
    pass


class CompleteBody:
    """Hands a request on when it is there as a whole; all after this reads it from memory."""

    def __init__(self, app: ASGIApp, *, max_bytes: int, seconds: float) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, or say what is wrong with it."""
        if scope["type"] != "http" or scope["method"] not in _WITH_BODY:
            await self._app(scope, receive, send)
            return
        try:
            with anyio.fail_after(self._seconds):
                body = await self._read(Headers(scope=scope), receive)
        except _TooLargeError:
            said = f"The request is larger than {self._max_bytes} bytes: ask for less at once."
            answer = refusal(scope, 413, said, headers={"Connection": "close"})
        except TimeoutError:
            said = f"The request did not arrive within {self._seconds:g} seconds."
            answer = refusal(scope, 408, said, headers={"Connection": "close"})
        else:
            if body is not None:
                await self._app({**scope, BODY: body}, _again(body, receive), send)
            return
        await answer(scope, receive, send)

    async def _read(self, headers: Headers, receive: Receive) -> bytes | None:
        """The whole body, or None if the client has gone."""
        if int(headers.get("content-length") or 0) > self._max_bytes:
            raise _TooLargeError
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if len(body) > self._max_bytes:
                raise _TooLargeError
            if not message.get("more_body", False):
                return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body once, and then what else happens on the connection."""
    is_given = False

    async def replay() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


class JsonOnly:
    """Refuses what is no JSON on the MCP endpoint, in JSON-RPC's own form."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at `Content-Type`; a browser cannot send this one to a foreign server unasked."""
        if scope["type"] == "http" and scope["method"] == "POST":
            kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
            if paths.path_of(scope) == paths.MCP and kind != "application/json":
                said = "Send the request as application/json."
                await refusal(scope, 415, said)(scope, receive, send)
                return
        await self._app(scope, receive, send)
