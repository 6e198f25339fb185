"""The stack as `docker-compose.yml` describes it, in a project of its own."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from engine import ROOT, Engine
from fixtures.waiting import wait_until
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

# What a stack publishes when nobody has set another port.
_PROXY, _SERVER, _FLOWER = 8080, 8765, 5555
_START_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Stack:
    """A running or stopped stack; `workspaces` is the directory that it may look at."""

    engine: Engine
    directory: Path
    project: str

    @property
    def workspaces(self) -> Path:
        """The host's directory of workspaces."""
        return self.directory / "workspaces"

    @property
    def variables(self) -> dict[str, str]:
        """What sets this stack apart from others of the same files."""
        return {
            "COMPOSE_PROJECT_NAME": self.project,
            "COMPOSE_PROFILES": "proxy",
            "WORKSPACES": str(self.workspaces),
            "MCP_ADDRESS": "127.0.0.1:",
            "PROXY_ADDRESS": "127.0.0.1:",
            "FLOWER_ADDRESS": "127.0.0.1:",
        }

    def script(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        """How one of the scripts of `docker/` ends."""
        return self.engine.ends(
            str(self.directory / "docker" / name), *words, variables=self.variables
        )

    def compose(self, *words: str) -> str:
        """What `docker-compose WORDS` prints; it must succeed."""
        file = str(self.directory / "docker-compose.yml")
        return self.engine.run("docker-compose", "--file", file, *words, variables=self.variables)

    def containers(self, service: str) -> list[str]:
        """The ids of the service's running containers."""
        return self.compose("ps", "--quiet", service).split()

    def up(self, **scale: int) -> None:
        """Start everything; returns when all that has a health is healthy."""
        scales = [
            word for name, number in scale.items() for word in ("--scale", f"{name}={number}")
        ]
        self.compose("up", "--detach", *scales)
        for service in ("mcp-server", "worker", "flower", "proxy"):
            is_well = functools.partial(self.is_healthy, service)
            wait_until(is_well, timeout=_START_SECONDS, message=f"{service} is healthy")

    def is_healthy(self, service: str) -> bool:
        """Whether the service has containers, and all of them are healthy."""
        ids = self.containers(service)
        form = "{{.State.Health.Status}}"
        said = self.engine.docker("inspect", "--format", form, *ids).split() if ids else []
        return bool(said) and set(said) == {"healthy"}

    def address(self, service: str, port: int) -> str:
        """Where a port of the service is published: `127.0.0.1:PORT`."""
        return self.compose("port", service, str(port)).strip()

    def token(self, name: str) -> str:
        """A new token that may do everything."""
        words = ("token", "create", name, "--scope", "admin", "--another", "--format", "json")
        made = self.compose("exec", "-T", "mcp-server", "pipeline-mcp", *words)
        return str(json.loads(made)["token"])

    @asynccontextmanager
    async def client(self, token: str) -> AsyncIterator[Client]:
        """A real MCP client at the published port of the proxy."""
        url = f"http://{self.address('proxy', _PROXY)}/mcp"
        headers = {"Authorization": f"Bearer {token}", "Host": "localhost"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=90) as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            yield client

    def flower(self, path: str, **given: Any) -> httpx2.Response:
        """What Flower answers at its published port."""
        return httpx2.get(f"http://{self.address('flower', _FLOWER)}{path}", **given)

    def down(self) -> None:
        """Remove everything that the stack has made in the engine."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "5")


def lay_out(engine: Engine, directory: Path, project: str) -> Stack:
    """A copy of the files that an operator has, with secrets of its own."""
    directory.mkdir(parents=True)
    shutil.copy(ROOT / "docker-compose.yml", directory)
    shutil.copytree(ROOT / "docker", directory / "docker", ignore=shutil.ignore_patterns("secrets"))
    stack = Stack(engine, directory, project)
    stack.workspaces.mkdir()
    made = stack.script("setup.sh")
    assert made.returncode == 0, made.stderr
    return stack


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured answer of a tool; it must succeed."""
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer.content
    assert answer.structured_content is not None
    return dict(answer.structured_content)


def repository(stack: Stack, name: str, files: Callable[[], dict[str, str]]) -> str:
    """A workspace of the stack; gives its path as the stack knows it.

    The workers' user must be able to write into it.
    """
    directory = stack.workspaces / name
    for path, text in files().items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text)
    for entry in (directory, *directory.rglob("*")):
        entry.chmod(0o777 if entry.is_dir() else 0o666)
    return f"/workspaces/{name}"
