"""A server whose services are away: it says so, waits for them, and goes on when they are back."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import pytest
from chaos.services import Broker, Database
from fixtures.http_server import HttpServer, free_port, running
from fixtures.requirements import require
from fixtures.waiting import wait_until
from mcp import Client

SERVE = ("serve", "--transport", "http", "--port")


@pytest.fixture
def slow_tool(state_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a session of this test the only tool; it ends when the file `end` is there."""
    file = tmp_path / "pipeline.yaml"
    file.write_text(
        "tools: [slow]\n"
        "custom_tools:\n"
        "  slow:\n"
        f'    command: [sh, -c, "until [ -e {tmp_path}/end ]; do sleep 0.1; done"]\n'
        '    files: ["*"]\n'
        "    scope: program\n"
        "    parser: {kind: regex, pattern: '(?P<path>nothing)(?P<message>at all)'}\n"
    )
    monkeypatch.setenv("PIPELINE_CONFIG_FILE", str(file))
    return tmp_path / "end"


def test_it_waits_for_a_broker_that_only_starts_and_says_when_it_is_away(
    own_broker: Broker,
) -> None:
    own_broker.kill()
    port = free_port()
    with _start(port) as process:
        server = HttpServer(process, f"http://127.0.0.1:{port}")
        assert process.stderr is not None
        try:
            assert any("trying again in a moment: broker" in line for line in process.stderr)
            own_broker.start()
            server.wait_until_up()
            wait_until(lambda: _ready(server) == (200, []), message="it is ready")
            own_broker.kill()
            wait_until(lambda: _ready(server) == (503, ["broker"]), message="it says what is away")
            assert server.get("/healthz").status_code == 200
            assert 'pipeline_health_check{check="broker"} 0' in server.get("/metrics").text
            own_broker.start()
            wait_until(lambda: _ready(server) == (200, []), message="it is ready again")
        finally:
            process.terminate()
            process.communicate(timeout=30)
    assert process.returncode == 0


def test_a_broker_that_does_not_come_is_an_error(
    own_broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_broker.kill()
    monkeypatch.setenv("PIPELINE_OUTAGE_SECONDS", "0.5")
    process = _start(free_port())
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "nothing answers at PIPELINE_BROKER_URL" in said and "Traceback" not in said
    own_broker.start()


def test_a_call_that_waits_rides_out_a_database_that_goes_down(
    own_database: Database, slow_tool: Path, one_file: Path
) -> None:
    heard: list[float] = []

    async def hear(done: float, _total: float | None, _message: str | None) -> None:
        heard.append(done)

    async def ask(url: str, tool: str, **arguments: object) -> dict[str, object]:
        async with Client(f"{url}/mcp") as client:
            answer = await client.call_tool(tool, arguments, progress_callback=hear)
        assert not answer.is_error, answer.content
        return dict(answer.structured_content or {})

    with running(_start) as server, ThreadPoolExecutor() as caller:
        started = anyio.run(lambda: ask(server.url, "pipeline_run_full", workspace=str(one_file)))
        handle = started["session_id"]
        waiting = caller.submit(
            anyio.run,
            lambda: ask(server.url, "pipeline_status", session_id=handle, wait_seconds=45),
        )
        wait_until(lambda: heard, message="the call waits")
        own_database.stop_immediately()
        try:
            wait_until(lambda: _ready(server) == (503, ["database"]), message="it says so")
            assert not waiting.done()
        finally:
            own_database.start()
        slow_tool.touch()
        ended = waiting.result(timeout=60)
        assert ended["status"] == "success", ended


def _start(port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [require("pipeline-mcp"), *SERVE, f"{port}"],
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _ready(server: HttpServer) -> tuple[int, list[str]]:
    answer = server.get("/readyz")
    return answer.status_code, answer.json().get("missing", [])
