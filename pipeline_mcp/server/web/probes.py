"""Whether the process is alive, and whether it can be given work."""

from __future__ import annotations

import functools
from collections.abc import Callable

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pipeline_mcp import __version__, broker
from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import engine
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.server import drain
from pipeline_mcp.server.web.traffic import RETRY_SECONDS

# A service that hangs must not take all the threads of the server with it.
_THREADS = 2
_PARTS: dict[str, Callable[[], None]] = {"database": engine.ping, "broker": broker.ping}


async def alive(_request: Request) -> Response:
    """The process takes requests; whether it can do anything for them is `ready`'s to say."""
    return JSONResponse({"status": "ok", "version": __version__})


async def ready(_request: Request) -> Response:
    """200 if database and broker answer, else 503 with what is missing."""
    if drain.is_draining():
        return _unready({"status": "draining"})
    missing: dict[str, str] = {}
    async with anyio.create_task_group() as asking:
        for part in _PARTS:
            asking.start_soon(_ask, part, missing)
    if missing:
        return _unready({"status": "unavailable", "missing": missing})
    return JSONResponse({"status": "ready"})


def _unready(said: dict[str, object]) -> JSONResponse:
    return JSONResponse(said, status_code=503, headers={"Retry-After": RETRY_SECONDS})


async def _ask(part: str, missing: dict[str, str]) -> None:
    seconds = settings().server.probe_seconds
    try:
        with anyio.fail_after(seconds):
            await anyio.to_thread.run_sync(
                _PARTS[part], abandon_on_cancel=True, limiter=_limiter(part)
            )
    except TimeoutError:
        missing[part] = f"does not answer within {seconds:g} s"
    except PipelineError:
        missing[part] = "does not answer"


@functools.cache
def _limiter(_part: str) -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(_THREADS)
