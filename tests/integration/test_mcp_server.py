"""The MCP server, driven by the SDK's own client over stdio and HTTP, in both protocol eras."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError

COMMAND = str(Path(sys.executable).parent / "pipeline-mcp")
ERAS = ["legacy", "2026-07-28"]

Server = StdioServerParameters | str


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "a.py").write_text("import os\nprint(missing)\n")
    return root


@pytest.fixture
def stdio(state_dir: Path) -> StdioServerParameters:
    return StdioServerParameters(command=COMMAND, args=["serve"], env=dict(os.environ))


@pytest.fixture
def http(state_dir: Path, wait_until: Callable[..., object]) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([COMMAND, "serve", "--transport", "http", "--port", str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _status(f"{url}/healthz") == 200, message="the server answers")
        yield f"{url}/mcp"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(params=["stdio", "http"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("era", ERAS)
def test_an_agent_runs_the_pipeline_and_reads_the_report(
    server: Server, era: str, workspace: Path
) -> None:
    async def talk(client: Client) -> None:
        told: list[float] = []

        async def on_progress(done: float, _total: float | None, _message: str | None) -> None:
            told.append(done)

        arguments = {"workspace": str(workspace), "wait_seconds": 45}
        ran = await client.call_tool("pipeline_run_full", arguments, progress_callback=on_progress)
        envelope = _envelope(ran)
        assert (envelope["tool"], envelope["status"]) == ("pipeline_run_full", "success")
        assert envelope["results"]["status"] == "failed"
        results = envelope["results"]
        assert "F821" in [finding["rule"] for finding in results["findings"]]
        assert results["summary"]["fixed"] >= 1
        assert "-import os\n" in results["patch"]
        assert told == sorted(set(told))
        stages = [stage["stage"] for stage in results["cycles"][0]["stages"]]
        assert list(dict.fromkeys(stages)) == [
            "snapshot",
            "plan",
            "scan",
            "fix",
            "validate",
            "cleanup",
        ]
        assert results["success"] is False

    _run(server, era, talk)


@pytest.mark.parametrize("era", ERAS)
def test_a_call_that_was_cut_off_is_repeated_and_gives_the_handle_of_its_session(
    server: Server, era: str, workspace: Path
) -> None:
    async def talk(client: Client) -> None:
        call = {"workspace": str(workspace), "idempotency_key": "a change"}
        with pytest.raises(MCPError):
            await client.call_tool(
                "pipeline_run_full", {**call, "wait_seconds": 45}, read_timeout_seconds=0.3
            )
        started = await client.call_tool("pipeline_run_full", call)
        envelope = _envelope(started)
        assert envelope["status"] == "accepted"
        assert envelope["results"]["status"] in ("queued", "running")
        arguments = {"session_id": envelope["session_id"], "wait_seconds": 45}
        ended = _envelope(await client.call_tool("pipeline_status", arguments))
        assert ended["results"]["status"] == "failed"
        listed = _envelope(await client.call_tool("pipeline_status", {}))
        ids = [row["session_id"] for row in listed["results"]["sessions"]]
        assert ids == [envelope["session_id"]]
        found = _envelope(
            await client.call_tool(
                "session_findings", {"session_id": ids[0], "rules": ["F821"], "paths": ["*.py"]}
            )
        )
        assert [finding["path"] for finding in found["results"]["findings"]] == ["a.py"]

    _run(server, era, talk)


def test_a_scan_can_be_limited_to_files_and_printed_as_text(stdio: Server, workspace: Path) -> None:
    (workspace / "b.py").write_text("import sys\n")
    (workspace / "pyproject.toml").write_text('[project]\nname = "p"\nversion = "1.2.3"\n')

    async def talk(client: Client) -> None:
        arguments: dict[str, Any] = {
            "workspace": str(workspace),
            "target_files": ["b.py"],
            "comprehensive": False,
            "wait_seconds": 45,
        }
        scanned = _envelope(await client.call_tool("version_keeper_scan", arguments))
        assert {finding["path"] for finding in scanned["results"]["findings"]} == {"b.py"}
        assert (scanned["results"]["version"], scanned["results"]["branch"]) == ("1.2.3", None)
        arguments = {
            "session_id": scanned["session_id"],
            "output_format": "text",
            "wait_seconds": 45,
        }
        again = _envelope(await client.call_tool("version_keeper_scan", arguments))
        assert "b.py" in again["results"]["text"]

    _run(stdio, "2026-07-28", talk)


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("pipeline_status", {"session_id": "nope"}, "No session is called 'nope'"),
        ("session_cancel", {"session_id": "nope"}, "No session is called 'nope'"),
        ("pipeline_run_full", {"workspace": "/nowhere/at/all"}, "/nowhere/at/all"),
        ("pipeline_run_full", {"max_cycles": 99}, "max_cycles"),
        ("version_keeper_scan", {"output_format": "xml"}, "output_format"),
    ],
)
def test_a_mistake_is_an_error_that_says_what_is_wrong(
    stdio: Server, tool: str, arguments: dict[str, Any], said: str
) -> None:
    async def talk(client: Client) -> None:
        answer = await client.call_tool(tool, arguments)
        assert answer.is_error
        assert said in answer.content[0].text

    _run(stdio, "2026-07-28", talk)


def test_a_session_can_be_cancelled_and_then_stays_so(stdio: Server, workspace: Path) -> None:
    async def talk(client: Client) -> None:
        started = await client.call_tool("pipeline_run_full", {"workspace": str(workspace)})
        handle = {"session_id": _envelope(started)["session_id"]}
        cancelled = _envelope(await client.call_tool("session_cancel", handle))
        assert cancelled["status"] == "partial"
        assert cancelled["results"]["status"] == "cancelled"
        recovered = _envelope(await client.call_tool("session_recover", handle))
        assert recovered["results"]["status"] == "cancelled"

    _run(stdio, "2026-07-28", talk)


def test_a_foreign_host_header_is_refused(http: str) -> None:
    headers = {"Host": "evil.example", "Content-Type": "application/json"}
    request = urllib.request.Request(http, data=b"{}", headers=headers)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 421
    refused.value.close()


def test_it_does_not_listen_beyond_this_machine_without_authentication(state_dir: Path) -> None:
    done = subprocess.run(
        [COMMAND, "serve", "--transport", "http", "--host", "0.0.0.0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "--host" in done.stderr


def _run(server: Server, era: str, talk: Callable[[Client], Any]) -> None:
    async def main() -> None:
        async with Client(server, mode=era) as client:
            await talk(client)

    anyio.run(main)


def _envelope(answer: Any) -> dict[str, Any]:
    """The structured content, which must say the same as the text."""
    assert not answer.is_error, answer.content
    envelope: dict[str, Any] = answer.structured_content
    assert json.loads(answer.content[0].text) == envelope
    return envelope


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return int(answer.status)
    except OSError:
        return 0
