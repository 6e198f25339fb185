"""Serve the application until a signal, and then until what was begun is answered."""

from __future__ import annotations

import os
import signal
import socket
import time
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from pipeline_mcp.config.server_settings import ServerSettings
from pipeline_mcp.errors import ServiceError
from pipeline_mcp.server import drain
from pipeline_mcp.server.web.traffic import Traffic

# What is left after the drain is pages and probes: short, or of nobody's interest any more.
_CLOSING_SECONDS = 2


def serve_http(application: Starlette, configured: ServerSettings, listener: socket.socket) -> None:
    """Answer until a signal has asked for the end and the calls are over.

    `application` is made by `http_application`, `listener` by `listening`.
    """
    config = uvicorn.Config(
        application,
        log_level="warning",
        lifespan="on",
        limit_concurrency=configured.max_connections,
        timeout_graceful_shutdown=_CLOSING_SECONDS,
        proxy_headers=bool(configured.trusted_proxies),
        forwarded_allow_ips=list(configured.trusted_proxies),
        server_header=False,
    )
    DrainingServer(config, application.state.traffic, configured.drain_seconds).run([listener])


def listening(host: str, port: int) -> socket.socket:
    """A socket at that address; clients that connect wait until somebody answers.

    Raises:
        ServiceError: the address is taken, or not one of this machine.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.create_server((address[0], port), family=family)
    except OSError as error:
        raise ServiceError(
            "server",
            f"{host}:{port} cannot be listened at ({error.strerror})",
            next_step="Choose another address with --host and --port.",
        ) from error
    # Or an answer of two packets waits 40 ms for the client to acknowledge the first one. The
    # event loop would see to it only if it had made the socket itself; connections inherit it.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


class DrainingServer(uvicorn.Server):
    """On the first signal it begins nothing more, on the second one it is gone."""

    def __init__(self, config: uvicorn.Config, traffic: Traffic, drain_seconds: float) -> None:
        super().__init__(config)
        self._traffic = traffic
        self._drain_seconds = drain_seconds
        self._deadline = float("inf")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal."""
        if drain.is_draining():
            signal.signal(sig, signal.SIG_DFL)
            os.kill(os.getpid(), sig)
        self._deadline = time.monotonic() + self._drain_seconds
        drain.begin()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: is it over?"""
        if drain.is_draining() and (not self._traffic.calls or time.monotonic() > self._deadline):
            self._traffic.close_streams()
            self.should_exit = True
        return await super().on_tick(counter)
