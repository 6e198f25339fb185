"""What Prometheus is told: what this process has answered, and how the whole is at this moment."""

from __future__ import annotations

import time
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline_mcp.monitoring import database_probe
from pipeline_mcp.monitoring.health import COMPREHENSIVE
from pipeline_mcp.monitoring.prometheus import prometheus_text
from pipeline_mcp.server.web import paths
from pipeline_mcp.server.web.measuring import Gauge

# When a counter was made is of no use to anybody, and doubles the text.
disable_created_metrics()  # type: ignore[no-untyped-call]

# A call answers in milliseconds, or waits for as long as it was told to.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 45, 60)
_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS"})
_NAMED = frozenset({"/", paths.MCP, *paths.FOR_MACHINES})


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "pipeline_http_requests",
            "Answered HTTP requests.",
            ("method", "path", "status"),
            registry=self.registry,
        )
        self.calls = Counter(
            "pipeline_mcp_calls",
            "Answered calls of tools: ok, error (the tool's), refused (the protocol's), cancelled.",
            ("tool", "outcome"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "pipeline_mcp_call_seconds",
            "How long they took, waiting that was asked for included.",
            ("tool",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        ProcessCollector(registry=self.registry)


class Scrape:
    """`/metrics`: the counters and a fresh measurement, in the text format of Prometheus."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._gauge = Gauge({**COMPREHENSIVE, "statuses": database_probe.statuses})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        answer = await self._answer()
        await answer(scope, receive, send)

    async def _answer(self) -> Response:
        """A part that does not answer in time is told as failed."""
        measured = await self._gauge.read()
        counted = generate_latest(self._metrics.registry)
        text = counted + prometheus_text(measured).encode()
        return Response(text, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


class CountRequests:
    """Counts what is answered over HTTP. What outsiders make up is not a label."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and look at the status that goes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        path, method = paths.path_of(scope), scope["method"]
        labels = (method if method in _METHODS else "other", path if path in _NAMED else "other")

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.requests.labels(*labels, str(message["status"])).inc()
            await send(message)

        await self._app(scope, receive, watched)


class CountCalls:
    """Counts and times the calls of tools, whatever comes of them."""

    def __init__(self, server: MCPServer[Any], metrics: Metrics) -> None:
        self._server = server
        self._metrics = metrics
        self._names: frozenset[str] = frozenset()

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Pass the message on; only `tools/call` is of interest."""
        if ctx.method != "tools/call":
            return await call_next(ctx)
        tool = await self._name((ctx.params or {}).get("name"))
        began = time.monotonic()
        outcome = "cancelled"
        try:
            result = await call_next(ctx)
            outcome = "error" if _is_error(result) else "ok"
            return result
        except Exception:
            outcome = "refused"
            raise
        finally:
            self._metrics.calls.labels(tool, outcome).inc()
            self._metrics.seconds.labels(tool).observe(time.monotonic() - began)

    async def _name(self, said: object) -> str:
        """The tool's name, if there is such a tool; tools may be added at any time."""
        if said not in self._names:
            self._names = frozenset(tool.name for tool in await self._server.list_tools())
        return said if isinstance(said, str) and said in self._names else "other"


def _is_error(result: HandlerResult) -> bool:
    if isinstance(result, dict):
        return bool(result.get("isError"))
    return bool(getattr(result, "is_error", False))
