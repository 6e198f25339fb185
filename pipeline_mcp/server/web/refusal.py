"""The answer to a request that is not let in: a sentence, in the form that the caller reads."""

from __future__ import annotations

from starlette.responses import JSONResponse
from starlette.types import Scope

from pipeline_mcp.server.web import paths

# JSON-RPC's own words for "not a request that I take" and "not your fault".
_INVALID_REQUEST = -32600
_INTERNAL_ERROR = -32603


def refusal(
    scope: Scope, status: int, sentence: str, *, headers: dict[str, str] | None = None
) -> JSONResponse:
    """A JSON-RPC error without an id on the MCP endpoint, elsewhere `{"error": sentence}`."""
    if paths.path_of(scope) != paths.MCP:
        return JSONResponse({"error": sentence}, status_code=status, headers=headers)
    code = _INTERNAL_ERROR if status >= 500 else _INVALID_REQUEST
    error = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": sentence}}
    return JSONResponse(error, status_code=status, headers=headers)
