"""Whether the process is alive, and whether it can be given work."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from pipeline_mcp import __version__
from pipeline_mcp.monitoring import broker_probe, database_probe
from pipeline_mcp.monitoring.measurement import State
from pipeline_mcp.server import drain
from pipeline_mcp.server.web.measuring import Gauge
from pipeline_mcp.server.web.traffic import RETRY_SECONDS

# Workers may come later: without these two a session cannot even be accepted.
_NEEDED = {"database": database_probe.database, "broker": broker_probe.broker}


async def alive(_request: Request) -> Response:
    """The process takes requests; whether it can do anything for them is `Readiness`' to say."""
    return JSONResponse({"status": "ok", "version": __version__})


class Readiness:
    """`/readyz`: 200 if database and broker answer and take something, else 503 with which not.

    Anybody may ask, so the reasons stay with `pipeline-mcp health`: they name hosts and files.
    """

    def __init__(self) -> None:
        self._gauge = Gauge(_NEEDED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        answer = await self._answer()
        await answer(scope, receive, send)

    async def _answer(self) -> Response:
        if drain.is_draining():
            return _unready({"status": "draining"})
        measured = await self._gauge.read()
        missing = [
            each.name for each in measured.measurements if each.reading.state is State.FAILED
        ]
        if missing:
            return _unready({"status": "unavailable", "missing": missing})
        return JSONResponse({"status": "ready"})


def _unready(said: dict[str, object]) -> JSONResponse:
    return JSONResponse(said, status_code=503, headers={"Retry-After": RETRY_SECONDS})
