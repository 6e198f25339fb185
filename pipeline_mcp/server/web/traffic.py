"""What is being answered, and what is not begun any more once the server drains."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline_mcp.server import drain
from pipeline_mcp.server.web import paths
from pipeline_mcp.server.web.body import BODY
from pipeline_mcp.server.web.refusal import refusal

# Where there are several servers, another one takes the next try.
RETRY_SECONDS = "5"


class Traffic:
    """The calls that are being answered, and the streams that end only when somebody ends them."""

    def __init__(self) -> None:
        self.calls = 0
        self._streams: set[anyio.CancelScope] = set()

    @contextmanager
    def call(self) -> Iterator[None]:
        """Count a call for as long as it is answered."""
        self.calls += 1
        try:
            yield
        finally:
            self.calls -= 1

    @contextmanager
    def stream(self) -> Iterator[anyio.CancelScope]:
        """Know a stream for as long as it is open."""
        with anyio.CancelScope() as scope:
            self._streams.add(scope)
            try:
                yield scope
            finally:
                self._streams.discard(scope)

    def close_streams(self) -> None:
        """End all of them; their clients find the next server by themselves."""
        for stream in list(self._streams):
            stream.cancel()


class Gate:
    """Counts the traffic, and lets nothing new in while the server drains."""

    def __init__(self, app: ASGIApp, traffic: Traffic) -> None:
        self._app = app
        self._traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or send it elsewhere."""
        if scope["type"] != "http" or paths.path_of(scope) in paths.FOR_MACHINES:
            await self._app(scope, receive, send)
        elif drain.is_draining() and _begins_something(scope):
            said = "This server is about to end: try again in a moment. Sessions go on."
            answer = refusal(scope, 503, said, headers={"Retry-After": RETRY_SECONDS})
            await answer(scope, receive, send)
        elif _is_stream(scope):
            await self._stream(scope, receive, send)
        else:
            with self._traffic.call():
                await self._app(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a stream through; if it is cut off, the client sees an orderly end."""
        is_open = False

        async def watched(message: Message) -> None:
            nonlocal is_open
            is_open = message["type"] == "http.response.start" or message.get("more_body", False)
            await send(message)

        with self._traffic.stream():
            await self._app(scope, receive, watched)
        if is_open:
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def _is_stream(scope: Scope) -> bool:
    """True for what has no end of its own: a listener of either revision, or of a page."""
    headers = Headers(scope=scope)
    if scope["method"] == "GET":
        return "text/event-stream" in headers.get("accept", "")
    return headers.get("mcp-method") == "subscriptions/listen"


def _begins_something(scope: Scope) -> bool:
    """False for what belongs to a call that is being answered: an answer, a notice, a goodbye."""
    if scope["method"] != "POST" or paths.path_of(scope) != paths.MCP:
        return _is_stream(scope)
    try:
        message = json.loads(scope[BODY])
    except ValueError:
        return False
    return isinstance(message, dict) and "method" in message and "id" in message
