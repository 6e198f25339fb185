"""How a server over HTTP ends: what was begun is answered, nothing is begun, nothing is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import anyio
import httpx2
import pytest
from fixtures.http_server import ERAS, MODERN, HttpServer, call, running
from fixtures.waiting import wait_until
from fixtures.warm_stack import Command
from mcp import Client

# The product's server with a tool that ends when a file is there, and says when it has begun.
_PROGRAM = """
import pathlib, sys, anyio
from pipeline_mcp.config.settings import settings
from pipeline_mcp.server.app import http_application, make_server
from pipeline_mcp.server.web.serving import listening, serve_http

async def hold(begun: str, end: str) -> str:
    pathlib.Path(begun).touch()
    while not pathlib.Path(end).exists():
        await anyio.sleep(0.02)
    return "done"

server = make_server()
server.add_tool(hold)
application = http_application(server, host="127.0.0.1")
serve_http(application, settings().server, listening("127.0.0.1", int(sys.argv[1])))
"""
SERVE = ("serve", "--transport", "http", "--port")


@pytest.fixture
def server(warm: Command) -> Iterator[HttpServer]:
    """It has half a minute to drain."""
    with running(lambda port: _started(warm, port, drain_seconds=30)) as it:
        yield it


@pytest.fixture
def held(server: HttpServer, tmp_path: Path) -> Iterator[Future[httpx2.Response]]:
    """The answer of a call that goes on until the file `end` is there."""
    with ThreadPoolExecutor() as caller:
        yield _hold(server, tmp_path, caller)
        (tmp_path / "end").touch()


def test_a_call_is_answered_while_everything_else_is_sent_elsewhere(
    server: HttpServer, held: Future[httpx2.Response], tmp_path: Path
) -> None:
    server.process.send_signal(signal.SIGTERM)
    wait_until(lambda: server.get("/readyz").status_code == 503, message="it drains")
    assert server.get("/readyz").json() == {"status": "draining"}
    assert server.get("/healthz").status_code == httpx2.codes.OK
    for era in ERAS:
        refused = server.post(call("pipeline_status", {}, era), era, **_routing("pipeline_status"))
        assert refused.status_code == httpx2.codes.SERVICE_UNAVAILABLE
        assert int(refused.headers["Retry-After"]) > 0
        assert "Sessions go on" in refused.json()["error"]["message"]
    assert not held.done()
    (tmp_path / "end").touch()
    assert "done" in held.result(timeout=20).text
    assert server.process.wait(timeout=20) == 0


def test_a_call_that_does_not_end_is_cut_off(warm: Command, tmp_path: Path) -> None:
    with (
        running(lambda port: _started(warm, port, drain_seconds=0.3)) as server,
        ThreadPoolExecutor() as caller,
    ):
        held = _hold(server, tmp_path, caller)
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(timeout=20) == 0
        assert held.exception(timeout=20) or held.result().status_code >= 500


def test_a_second_signal_ends_it_at_once(server: HttpServer, held: Future[httpx2.Response]) -> None:
    server.process.send_signal(signal.SIGTERM)
    wait_until(lambda: server.get("/readyz").status_code == 503, message="it drains")
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=5) == -signal.SIGTERM
    assert held.exception(timeout=20)


def test_open_streams_do_not_hold_it_up_and_end_in_order(server: HttpServer) -> None:
    listen = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "subscriptions/listen",
        "params": {**call("", {}, MODERN)["params"], "notifications": {"toolsListChanged": True}},
    }
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": MODERN,
        "Mcp-Method": "subscriptions/listen",
    }
    with httpx2.stream(
        "POST", f"{server.url}/mcp", json=listen, headers=headers, timeout=30
    ) as stream:
        lines = stream.iter_lines()
        assert stream.status_code == httpx2.codes.OK, stream.read()
        assert next(lines)
        server.process.send_signal(signal.SIGTERM)
        # It would raise if the connection were torn off in the middle.
        assert list(lines) is not None
    assert server.process.wait(timeout=10) == 0


@pytest.mark.parametrize("mode", ["legacy", MODERN])
def test_who_waits_for_a_session_gets_its_handle_and_finds_it_at_another_server(
    warm: Command, tmp_path: Path, mode: str
) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "a.txt").write_text("a\n")
    command = _with_slow_tool(warm, tmp_path)

    async def ask(url: str, tool: str, **arguments: object) -> dict[str, object]:
        async with Client(f"{url}/mcp", mode=mode) as client:
            # Or the client would do it after the call, to check what came back.
            await client.list_tools()
            answer = await client.call_tool(tool, arguments)
        assert not answer.is_error, answer.content
        return dict(answer.structured_content or {})

    def start(port: int) -> subprocess.Popen[str]:
        return command.start(*SERVE, f"{port}")

    with running(start) as first, running(start) as second, ThreadPoolExecutor() as caller:
        waiting = caller.submit(
            anyio.run,
            lambda: ask(first.url, "pipeline_run_full", workspace=str(workspace), wait_seconds=45),
        )
        wait_until((tmp_path / "begun").exists, message="the tool runs")
        first.process.send_signal(signal.SIGTERM)
        handle = waiting.result(timeout=20)
        assert first.process.wait(timeout=20) == 0
        assert handle["status"] == "accepted"
        known = anyio.run(
            lambda: ask(second.url, "pipeline_status", session_id=handle["session_id"])
        )
        assert known["results"]["status"] == "running"  # type: ignore[index]
        anyio.run(lambda: ask(second.url, "session_cancel", session_id=handle["session_id"]))


def test_it_works_below_the_path_of_a_proxy(warm: Command) -> None:
    command = warm.with_settings(PIPELINE_SERVER__ROOT_PATH="/quality")

    async def tools(url: str, mode: str) -> int:
        async with Client(url, mode=mode) as client:
            return len((await client.list_tools()).tools)

    with running(lambda port: command.start(*SERVE, f"{port}")) as server:
        for prefix in ("", "/quality"):
            assert "/quality/mcp" in server.get(f"{prefix}/").json()["endpoints"]
            assert server.get(f"{prefix}/readyz").status_code == httpx2.codes.OK
            for mode in ("legacy", MODERN):
                assert anyio.run(tools, f"{server.url}{prefix}/mcp", mode)


def _started(warm: Command, port: int, *, drain_seconds: float) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _PROGRAM, f"{port}"],
        env={**warm.environment, "PIPELINE_SERVER__DRAIN_SECONDS": f"{drain_seconds}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _hold(
    server: HttpServer, directory: Path, caller: ThreadPoolExecutor
) -> Future[httpx2.Response]:
    arguments = {"begun": f"{directory / 'begun'}", "end": f"{directory / 'end'}"}
    body = call("hold", arguments, MODERN)
    answer = caller.submit(lambda: server.post(body, MODERN, **_routing("hold")))
    wait_until((directory / "begun").exists, message="the call is begun")
    return answer


def _routing(tool: str) -> dict[str, str]:
    """What the newer revision wants in headers as well."""
    return {"Mcp_Method": "tools/call", "Mcp_Name": tool}


def _with_slow_tool(warm: Command, directory: Path) -> Command:
    file = directory / "pipeline.yaml"
    file.write_text(
        "tools: [slow]\n"
        "custom_tools:\n"
        "  slow:\n"
        f'    command: [sh, -c, "touch {directory}/begun; sleep 60"]\n'
        '    files: ["*"]\n'
        "    scope: program\n"
        "    parser: {kind: regex, pattern: '(?P<path>nothing)(?P<message>at all)'}\n"
    )
    return warm.with_settings(PIPELINE_CONFIG_FILE=str(file))
