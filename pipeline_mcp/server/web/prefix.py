"""The path below which a reverse proxy publishes the server, whether it cuts it off or not."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class Prefix:
    """Makes `path` and `root_path` agree: all after this sees `/quality/mcp` below `/quality`."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its whole path."""
        if self._root_path and scope["type"] in ("http", "websocket"):
            path = scope["path"]
            if path != self._root_path and not path.startswith(f"{self._root_path}/"):
                path = self._root_path + path
            scope = {**scope, "root_path": self._root_path, "path": path}
        await self._app(scope, receive, send)
