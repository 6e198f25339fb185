"""The servers that the suite and the clients are run against, away from everybody's state."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from fixtures.hosts import Running
from fixtures.processes import expect_none, working_in
from fixtures.requirements import require
from fixtures.state import is_ours

_TESTS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Site:
    """Instances of the server over one state directory; what else is started uses it too."""

    directory: Path
    environment: dict[str, str]
    servers: tuple[Running, ...]

    def start_server(self, *options: str) -> Running:
        """One more instance; whoever asks for it stops it."""
        server = _server(lambda port: [*_serve(port), *options], self.directory, self.environment)
        server.start()
        return server


@contextmanager
def running_site(operators_file: str = "", *, instances: int = 2) -> Iterator[Site]:
    """So many instances of `pipeline-mcp serve`, with this configuration."""
    with _directory(operators_file) as (directory, environment), ExitStack() as started:
        site = Site(directory, environment, ())
        for _ in range(instances):
            server = site.start_server()
            started.callback(server.stop)
            site = replace(site, servers=(*site.servers, server))
        yield site


@contextmanager
def bare_server() -> Iterator[Running]:
    """`pipeline-mcp serve`, as its users start it."""
    with _running(_serve) as server:
        yield server


@contextmanager
def server_with_fixtures() -> Iterator[Running]:
    """The product's server factory and HTTP application, with the suite's fixtures registered."""
    with _running(_serve_with_fixtures) as server:
        yield server


def _serve(port: int) -> list[str]:
    return [require("pipeline-mcp"), "serve", "--transport", "http", "--port", str(port)]


def _serve_with_fixtures(port: int) -> list[str]:
    return [sys.executable, "-m", "conformance.served", "--port", str(port)]


@contextmanager
def _running(command: Callable[[int], list[str]]) -> Iterator[Running]:
    with _directory() as (directory, environment):
        server = _server(command, directory, environment)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _server(
    command: Callable[[int], list[str]], directory: Path, environment: dict[str, str]
) -> Running:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    log = directory / f"server-{port}.log"
    server = Running(command(port), environment, log, lambda: _answers(f"{url}/healthz"))
    server.url = f"{url}/mcp"
    return server


@contextmanager
def _directory(operators_file: str = "") -> Iterator[tuple[Path, dict[str, str]]]:
    """A directory for one site, with the environment of what runs in it."""
    root = Path(tempfile.mkdtemp(prefix="pmcp-")).resolve()
    (root / "pipeline.yaml").write_text(operators_file)
    environment = {name: value for name, value in os.environ.items() if not is_ours(name)}
    environment |= {
        "PIPELINE_STATE_DIR": str(root / "state"),
        "PIPELINE_CONFIG_FILE": str(root / "pipeline.yaml"),
        "PYTHONPATH": str(_TESTS),
    }
    try:
        yield root, environment
        expect_none(lambda: working_in(root), "processes left over by the servers")
    finally:
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
