"""The ASGI application: MCP, probes, metrics and the dashboard, behind one set of checks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from mcp.server.mcpserver import MCPServer
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from pipeline_mcp import __version__
from pipeline_mcp.config.server_settings import ServerSettings
from pipeline_mcp.config.settings import settings
from pipeline_mcp.server.access.guard import Authenticator, Guard
from pipeline_mcp.server.web import paths, probes
from pipeline_mcp.server.web.body import CompleteBody, JsonOnly
from pipeline_mcp.server.web.callers import Callers, Checkpoint, callers
from pipeline_mcp.server.web.metrics import CountCalls, CountRequests, Metrics, Scrape
from pipeline_mcp.server.web.prefix import Prefix
from pipeline_mcp.server.web.rates import Meter, RateLimit, RefusalLimit
from pipeline_mcp.server.web.traffic import Gate, Traffic


def http_application(
    server: MCPServer[Any],
    *,
    host: str,
    authenticator: Authenticator | None = None,
    dashboard: ASGIApp | None = None,
) -> Starlette:
    """`server` at `/mcp`, `/healthz`, `/readyz`, `/metrics`, and at `/` the dashboard.

    `host` is the address that it will listen at; without an `authenticator` nobody is asked for a
    token. `state.traffic` is its `Traffic`.

    Raises:
        SettingError: it can be reached by others, and nobody said by which name.
    """
    configured = settings().server
    allowed = callers(configured, host)
    traffic, metrics, meter = Traffic(), Metrics(), _meter(configured.requests_per_minute)
    door, metadata = _door(authenticator)
    server.middleware.insert(0, CountCalls(server, metrics))
    mcp = server.streamable_http_app(
        streamable_http_path=paths.MCP,
        max_request_body_size=configured.max_request_bytes,
        session_idle_timeout=configured.session_idle_seconds,
        max_sessions=configured.max_clients,
        transport_security=allowed.for_sdk(),
        host=host,
    )
    application = Starlette(
        routes=[*_for_machines(metrics), *metadata, *mcp.routes, _root(dashboard)],
        middleware=[
            *_before(configured, metrics),
            *_checks(configured, allowed, traffic),
            *_around(door, meter),
        ],
        lifespan=lambda _: _life(server, meter),
    )
    application.state.traffic = traffic
    return application


def _before(configured: ServerSettings, metrics: Metrics) -> list[Middleware]:
    return [
        Middleware(Prefix, root_path=configured.root_path),
        Middleware(CountRequests, metrics=metrics),
    ]


def _door(authenticator: Authenticator | None) -> tuple[list[Middleware], list[Route]]:
    """What asks for tokens, and what says where to get one."""
    if authenticator is None:
        return [], []
    return [Middleware(Guard, authenticator=authenticator)], authenticator.routes()


def _checks(configured: ServerSettings, allowed: Callers, traffic: Traffic) -> list[Middleware]:
    """In the order in which a request meets them."""
    checks = [
        Middleware(Checkpoint, allowed=allowed),
        Middleware(JsonOnly),
        Middleware(
            CompleteBody, max_bytes=configured.max_request_bytes, seconds=configured.request_seconds
        ),
        Middleware(Gate, traffic=traffic),
    ]
    if configured.allowed_origins:
        checks.append(_for_other_origins(configured.allowed_origins))
    return checks


def _for_other_origins(origins: tuple[str, ...]) -> Middleware:
    """What a browser wants to hear before it lets a page of theirs read our answers."""
    return Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["*"],
        expose_headers=["Mcp-Session-Id", "WWW-Authenticate", "Retry-After"],
    )


def _meter(per_minute: int) -> Meter | None:
    return Meter(per_minute) if per_minute else None


def _around(door: list[Middleware], meter: Meter | None) -> list[Middleware]:
    """Limits to what may be tried at the door, and to what may be asked behind it."""
    if meter is None:
        return door
    before = [Middleware(RefusalLimit, meter=meter)] if door else []
    return [*before, *door, Middleware(RateLimit, meter=meter)]


@asynccontextmanager
async def _life(server: MCPServer[Any], meter: Meter | None) -> AsyncIterator[None]:
    """What must be there as long as the application answers."""
    async with AsyncExitStack() as held:
        if meter is not None:
            held.push_async_callback(meter.close)
        await held.enter_async_context(server.session_manager.run())
        yield


def _for_machines(metrics: Metrics) -> list[BaseRoute]:
    return [
        Route(paths.ALIVE, probes.alive, methods=["GET"]),
        Route(paths.READY, probes.Readiness(), methods=["GET"]),
        Route(paths.METRICS, Scrape(metrics), methods=["GET"]),
    ]


def _root(dashboard: ASGIApp | None) -> BaseRoute:
    if dashboard is not None:
        return Mount("/", app=dashboard)
    return Route("/", _index, methods=["GET"])


async def _index(request: Request) -> Response:
    """What there is, for somebody who opens the address in a browser."""
    root = request.scope.get("root_path", "")
    endpoints = [root + path for path in (paths.MCP, paths.ALIVE, paths.READY, paths.METRICS)]
    return JSONResponse({"name": "pipeline-mcp", "version": __version__, "endpoints": endpoints})
