"""Two instances of the server over one state, repositories to look at, and clients of others."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conformance.node import node, script
from conformance.servers import Site, running_site
from fixtures.git import GitRepository, RepositoryFactory
from fixtures.stack import Answer

_INSPECTOR = ("@modelcontextprotocol/inspector", "clients/launcher/build/index.js")
_CALL_SECONDS = 100

# Besides ruff there is a tool that waits for a file: a session goes on until a test lets it end.
_OPERATOR = """
custom_tools:
  waiting:
    command: [sh, -c, {script}, sh, "{{files}}"]
    files: ["*.slow"]
    parser: {{kind: regex, pattern: "(?P<path>.+):(?P<message>.+)"}}
tools: [waiting, ruff]
"""


@dataclass(frozen=True)
class Said:
    """What a client made of an answer: the envelope, and what it heard of the progress."""

    envelope: dict[str, Any]
    progress: list[float]

    @property
    def session_id(self) -> str:
        return str(self.envelope["session_id"])

    @property
    def results(self) -> dict[str, Any]:
        results: dict[str, Any] = self.envelope["results"]
        return results


# `call(0, "pipeline_status", session_id=...)` calls a tool of the first server.
Call = Callable[..., Said]


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Until this file is there, a session over the slow repository goes on."""
    return tmp_path_factory.mktemp("gate") / "open"


@contextmanager
def opened(gate: Path) -> Iterator[None]:
    """Let sessions over slow repositories end."""
    gate.touch()
    try:
        yield
    finally:
        gate.unlink()


@pytest.fixture(scope="module")
def site(gate: Path) -> Iterator[Site]:
    """Two running instances over one state directory."""
    waiting = f"until [ -e {shlex.quote(str(gate))} ]; do sleep 0.05; done"
    with running_site(_OPERATOR.format(script=repr(waiting))) as site:
        yield site
        gate.touch()  # a stack stays up for a session that a failed test has left


@pytest.fixture
def repository(git_repository: RepositoryFactory) -> GitRepository:
    """Two files with something to find, not all of it for a tool to fix; one is not committed."""
    repository = git_repository({"shop/prices.py": "import os\n\nPRICES = {}\nprint(missing)\n"})
    (repository.path / "shop" / "stock.py").write_text("import sys\n\nSTOCK = {}\nprint(missing)\n")
    return repository


@pytest.fixture
def slow_repository(git_repository: RepositoryFactory, tmp_path: Path) -> GitRepository:
    """Of a content of its own: what was found in the same one before would be remembered."""
    return git_repository({"one.slow": f"{tmp_path}\n", "fine.py": "import os\nprint(missing)\n"})


@contextmanager
def npm_client(library: str, era: str, addresses: list[str], site: Site) -> Iterator[Call]:
    """A client of the npm package `sdk` or `client`, connected to each address."""
    script("@modelcontextprotocol/" + library, "package.json")
    words = [node(), str(Path(__file__).parent / "drive.mjs"), library, era, *addresses]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=site.environment
    ) as process:

        def call(server: int, tool: str, **arguments: object) -> Said:
            assert process.stdin and process.stdout
            line = {"server": server, "tool": tool, "arguments": arguments}
            process.stdin.write(json.dumps(line) + "\n")
            process.stdin.flush()
            said = json.loads(process.stdout.readline())
            assert "answer" in said, said
            return _said(said["answer"], said["progress"])

        try:
            yield call
        finally:
            process.communicate(timeout=30)
    assert process.returncode == 0


def inspect(site: Site, target: list[str], era: str, *words: str) -> Any:
    """What the Inspector's command line says, which must be without a complaint."""
    done = run_inspector(site, target, era, *words)
    assert done.exit_code == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.json["result"]


def run_inspector(site: Site, target: list[str], era: str, *words: str) -> Answer:
    """How the Inspector's command line ends."""
    home = site.directory / "inspector"
    home.mkdir(exist_ok=True)
    environment = {**os.environ, "HOME": str(home), "MCP_CATALOG_PATH": str(home / "mcp.json")}
    done = subprocess.run(
        [*script(*_INSPECTOR), "--cli", "--protocol-era", era, "--format", "json", *words, *target],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_CALL_SECONDS,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def inspector(site: Site, era: str) -> Call:
    """Calls by the Inspector's command line, each a process of its own that connects anew."""

    def call(server: int, tool: str, **arguments: object) -> Said:
        words = ["--method", "tools/call", "--tool-name", tool]
        words += ["--tool-args-json", json.dumps(arguments)]
        return _said(inspect(site, [site.servers[server].url], era, *words), [])

    return call


def _said(answer: dict[str, Any], progress: list[float]) -> Said:
    assert not answer.get("isError"), answer
    envelope = answer["structuredContent"]
    assert json.loads(answer["content"][0]["text"]) == envelope
    return Said(envelope, progress)
