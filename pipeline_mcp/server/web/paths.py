"""Where things are on the server, whatever prefix a proxy puts before them."""

from __future__ import annotations

from starlette.types import Scope

MCP = "/mcp"
ALIVE = "/healthz"
READY = "/readyz"
METRICS = "/metrics"
# Machines ask these by an address, and they tell nothing that is worth a page's trick.
PROBES = frozenset({ALIVE, READY})
# A server that is full, or about to end, still says how it is.
FOR_MACHINES = PROBES | {METRICS}


def path_of(scope: Scope) -> str:
    """The path of a request without the prefix."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"
