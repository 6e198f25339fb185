"""Serve one client over standard input and output, and end with it.

While the SDK serves, standard output carries the protocol alone: it moves the stream away, so
that whatever a library prints goes to standard error.
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from mcp.server.mcpserver import MCPServer

from pipeline_mcp.errors import ExitCode

_LOOK_SECONDS = 1.0


def serve_stdio(server: MCPServer[Any]) -> None:
    """Serve until standard input is closed, the client's process is gone, or a signal comes."""
    anyio.run(_serve, server)


async def _serve(server: MCPServer[Any]) -> None:
    async with _watching():
        await server.run_stdio_async()


@asynccontextmanager
async def _watching() -> AsyncIterator[None]:
    async with anyio.create_task_group() as watching:
        watching.start_soon(_end_with, os.getppid())
        watching.start_soon(_end_at_signals)
        yield
        watching.cancel_scope.cancel()


async def _end_with(parent: int) -> None:
    """Somebody else may hold the other end of standard input open when the client has died."""
    while os.getppid() == parent:
        await anyio.sleep(_LOOK_SECONDS)
    _end()


async def _end_at_signals() -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            _end()


def _end() -> None:
    """Leave at once: a thread waits for the next line, and cannot be told that there is none.

    Nothing is lost: sessions are in the database, and the services end when nobody uses them,
    which the kernel tells them.
    """
    os._exit(ExitCode.PASSED)
