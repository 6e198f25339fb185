"""The two servers that the suite is run against, each with a state directory of its own."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fixtures.hosts import Running
from fixtures.requirements import require
from fixtures.state import is_ours

_TESTS = Path(__file__).parents[1]


@contextmanager
def bare_server() -> Iterator[Running]:
    """`pipeline-mcp serve`, as its users start it."""
    port = _free_port()
    command = [require("pipeline-mcp"), "serve", "--transport", "http", "--port", str(port)]
    with _running(command, port) as server:
        yield server


@contextmanager
def server_with_fixtures() -> Iterator[Running]:
    """The product's server factory and HTTP application, with the suite's fixtures registered."""
    port = _free_port()
    command = [sys.executable, "-m", "conformance.served", "--port", str(port)]
    with _running(command, port) as server:
        yield server


@contextmanager
def _running(command: list[str], port: int) -> Iterator[Running]:
    root = Path(tempfile.mkdtemp(prefix="pmcp-")).resolve()
    (root / "pipeline.yaml").touch()
    environment = {name: value for name, value in os.environ.items() if not is_ours(name)}
    environment |= {
        "PIPELINE_STATE_DIR": str(root / "state"),
        "PIPELINE_CONFIG_FILE": str(root / "pipeline.yaml"),
        "PYTHONPATH": str(_TESTS),
    }
    url = f"http://127.0.0.1:{port}"
    server = Running(command, environment, root / "server.log", lambda: _answers(f"{url}/healthz"))
    server.url = f"{url}/mcp"
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(root, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
