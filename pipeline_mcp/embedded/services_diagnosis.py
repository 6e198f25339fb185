"""Whether the services of these settings work; each gives what it found, and advice if any."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from pipeline_mcp.config.settings import Settings
from pipeline_mcp.db import workers as register
from pipeline_mcp.db.engine import reading
from pipeline_mcp.db.migrate import HEAD, current
from pipeline_mcp.embedded import locks, valkey, valkey_socket
from pipeline_mcp.embedded.external_broker import check_broker
from pipeline_mcp.embedded.planning import home_of
from pipeline_mcp.errors import ServiceError

_TRIAL_SECONDS = 5.0


def broker(configured: Settings) -> tuple[str, str]:
    """The one that runs answers, or the embedded one can be started.

    Raises:
        ServiceError: neither.
    """
    if not configured.is_embedded:
        check_broker(configured)
        return "the server at PIPELINE_BROKER_URL answers", ""
    if locks.is_held_alone(home_of(configured).supervisor):
        if valkey_socket.ping(configured.socket_path) is valkey_socket.Answer.READY:
            return f"embedded Valkey answers at {configured.socket_path}", ""
        raise ServiceError("broker", "the embedded Valkey runs, but does not answer")
    seconds = _start_and_stop()
    return f"embedded Valkey, starts and answers in {seconds:.2f} s", ""


def database(configured: Settings) -> tuple[str, str]:
    """It answers; a schema of another version is brought up to date by the next run.

    Raises:
        ServiceError: it does not answer.
    """
    if configured.database.startswith("sqlite") and not _sqlite_file(configured).exists():
        return f"{_sqlite_file(configured)}, made by the first run", ""
    revision = current()
    advice = "" if revision == HEAD else "The next run, or `pipeline-mcp db upgrade`, migrates it."
    kind = "SQLite" if configured.database.startswith("sqlite") else "Postgres"
    return f"{kind}, schema {revision or 'empty'} of {HEAD}", advice


def workers(configured: Settings) -> tuple[str, str]:
    """The live workers; where there is none, a command starts its own.

    Raises:
        ServiceError: the database, where they register, does not answer.
    """
    if configured.database.startswith("sqlite") and not _sqlite_file(configured).exists():
        return "none yet; a run starts its own", ""
    if current() is None:
        return "none yet; a run starts its own", ""
    with reading() as connection:
        live = register.live(connection)
    if not live:
        return "none alive; a run starts its own", ""
    names = ", ".join(f"{each.name} ({each.concurrency})" for each in live)
    return f"{len(live)} alive: {names}", ""


def _sqlite_file(configured: Settings) -> Path:
    return Path(configured.database.partition(":///")[2])


def _start_and_stop() -> float:
    """Try a server in a directory of its own; gives the seconds until it answers."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pmcp-") as directory:
        socket = Path(directory, "valkey.sock")
        command = valkey.command(valkey.binary(), socket_path=socket, directory=Path(directory))
        server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        with server:
            try:
                while valkey_socket.ping(socket) is not valkey_socket.Answer.READY:
                    if server.poll() is not None or time.monotonic() - began > _TRIAL_SECONDS:
                        raise ServiceError("broker", f"{command[0]} does not start")
                    time.sleep(0.005)
                return time.monotonic() - began
            finally:
                server.terminate()
