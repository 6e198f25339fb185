"""Settle what the stack of these settings is: its home, its programs and its identity."""

from __future__ import annotations

import hashlib
import sys

from pipeline_mcp import __version__
from pipeline_mcp.config.background import absolute_database
from pipeline_mcp.config.settings import Settings
from pipeline_mcp.embedded import valkey
from pipeline_mcp.embedded.plan import Home, Plan

APPLICATION = "tasks"


def plan_for(configured: Settings, workers: int | None, application: str = APPLICATION) -> Plan:
    """The stack of these settings; without a broker of their own it includes Valkey.

    Raises:
        ServiceError: there is no Valkey for this machine.
    """
    home = home_of(configured)
    database = absolute_database(configured)
    concurrency = workers or configured.concurrency
    server = None
    if configured.is_embedded:
        server = valkey.command(
            valkey.binary(), socket_path=configured.socket_path, directory=home.data
        )
    return Plan(
        home=home,
        valkey=server,
        socket=configured.socket_path,
        worker=_worker_command(application, worker_name(configured), concurrency),
        workers=concurrency,
        database=database,
        identity=_digest(__version__, configured.broker, database, application),
    )


def home_of(configured: Settings) -> Home:
    """Stacks around a broker of somebody else's have a home each, named after their services."""
    run = configured.state_dir / "run"
    if not configured.is_embedded:
        run /= _digest(configured.broker, absolute_database(configured))[:12]
    return Home(run, configured.state_dir / "log", configured.state_dir / "valkey")


def worker_name(configured: Settings) -> str:
    """The stack's worker bears the same name at every start, so no dead one counts as another."""
    home = home_of(configured)
    return f"embedded-{_digest(str(home.run))[:8]}@{configured.node}"


def _worker_command(application: str, name: str, concurrency: int) -> list[str]:
    module = ["-P", "-m", "pipeline_mcp.embedded.worker"]
    options = ["--app", application, "--name", name, "--concurrency", str(concurrency)]
    return [sys.executable, *module, *options]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
