"""The server over stdio: a clean wire, and an end that leaves nothing behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import anyio
import pytest
from fixtures.processes import Process, descendants, working_in
from fixtures.waiting import wait_until
from fixtures.warm_stack import Command
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

# The product's server with a tool that talks where only the protocol may.
_CHATTY = """
import os, subprocess, sys
from pipeline_mcp.server.app import make_server
from pipeline_mcp.server.stdio import serve_stdio

def chatter() -> str:
    print("from print")
    os.write(1, b"from a library\\n")
    subprocess.run(["sh", "-c", "echo from a child"], check=True)
    return "said"

server = make_server()
server.add_tool(chatter)
serve_stdio(server)
"""
_INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


@pytest.fixture
def start(cold: Command) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `serve` over stdio, with a stack of its own."""
    with ExitStack() as started:

        def begin(*wrapper: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [*wrapper, cold.program, "serve"],
                env=cold.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            started.enter_context(process)
            started.callback(process.kill)
            return process

        yield begin


@pytest.fixture
def state(cold: Command) -> Path:
    return Path(cold.environment["PIPELINE_STATE_DIR"])


def greet(server: subprocess.Popen[str]) -> None:
    """Send the first message and read its answer."""
    assert server.stdin is not None and server.stdout is not None
    server.stdin.write(json.dumps(_INITIALIZE) + "\n")
    server.stdin.flush()
    assert json.loads(server.stdout.readline())["result"]["serverInfo"]["name"] == "pipeline-mcp"


def expect_nothing_left(state: Path) -> None:
    wait_until(lambda: not working_in(state.parent), message="the stack is down")


def test_nothing_but_the_protocol_goes_to_standard_output(warm: Command, tmp_path: Path) -> None:
    noise = tmp_path / "stderr"
    parameters = StdioServerParameters(
        command=sys.executable, args=["-P", "-c", _CHATTY], env=dict(warm.environment)
    )

    async def talk(mode: str) -> None:
        with noise.open("w") as errors:
            # The client raises or warns at a line that is no message.
            async with Client(stdio_client(parameters, errlog=errors), mode=mode) as client:
                answer = await client.call_tool("chatter", {})
        assert answer.content[0].text == "said"  # type: ignore[union-attr]
        said = noise.read_text()
        assert all(words in said for words in ("from print", "from a library", "from a child"))

    for mode in ("legacy", "2026-07-28"):
        anyio.run(talk, mode)


def test_it_ends_with_its_input_and_takes_the_stack_along(
    start: Callable[..., subprocess.Popen[str]], state: Path
) -> None:
    server = start()
    greet(server)
    assert working_in(state)
    assert server.stdin is not None
    server.stdin.close()
    assert server.wait(timeout=20) == 0
    expect_nothing_left(state)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_a_signal_and_takes_the_stack_along(
    start: Callable[..., subprocess.Popen[str]], state: Path, number: signal.Signals
) -> None:
    server = start()
    greet(server)
    server.send_signal(number)
    assert server.wait(timeout=20) == 0
    expect_nothing_left(state)


def test_it_ends_with_its_parent_although_its_input_stays_open(
    start: Callable[..., subprocess.Popen[str]], state: Path
) -> None:
    # The shell hands its own input on, which it would not do by itself, and stays as the parent.
    shell = start("sh", "-c", 'exec 3<&0; "$@" <&3 & wait', "sh")
    greet(shell)
    [server] = [each.pid for each in wait_until(lambda: _serving(shell.pid))]
    shell.kill()
    shell.wait()
    wait_until(lambda: not Path(f"/proc/{server}").exists(), message="the server ends")
    expect_nothing_left(state)


def _serving(parent: int) -> list[Process]:
    return [each for each in descendants(parent) if "serve" in each.command]
