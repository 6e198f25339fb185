"""How long each tool of the MCP server takes to answer, beside the SDK's own floor.

    python benchmarks/mcp_latency.py [--calls 200] [--part all|idle|loaded|growth]

On a real Valkey and a real Postgres, the server and the client on the same cores. The floor is a
tool of the SDK's server that does nothing, called in the same run by the same client. "Loaded" is
with 100 sessions at work; "growth" is with 10, 1,000 and 100,000 sessions stored.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from services import services, until, worker
from sessions import _request, _workspace

COMMAND = str(Path(sys.executable).parent / "pipeline-mcp")
FLOOR = [sys.executable, str(Path(__file__).with_name("mcp_floor.py"))]
# Name of the way, how the client reaches the server, protocol era.
WAYS = (("stdio", "2026-07-28"), ("http", "2026-07-28"), ("http", "legacy"))
RUNNING = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--part", choices=["all", "idle", "loaded", "growth"], default="all")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}")
    with services() as root:
        from pipeline_mcp.db import migrate

        _allow_all(root)
        migrate.upgrade()
        workspace = _workspace(root)
        with worker(root, "tasks", 16):
            model = _finished(workspace)
            small = root / "small"
            small.mkdir()
            (small / "a.py").write_text("import os\n")
            if options.part in ("all", "idle"):
                anyio.run(_measure, "idle", model, workspace, options.calls, WAYS)
            if options.part in ("all", "loaded"):
                _loaded(workspace, model, options.calls)
            if options.part in ("all", "growth"):
                _growth(workspace, model, _finished(small), options.calls)
    print(f"load at the end {os.getloadavg()[0]:.1f}")


def _allow_all(root: Path) -> None:
    """What limits callers is not what is measured."""
    os.environ |= {
        "PIPELINE_WORKSPACES": f'["{root}"]',
        "PIPELINE_MAX_SESSIONS": "1000000",
        "PIPELINE_MAX_SESSIONS_PER_PRINCIPAL": "1000000",
        "PIPELINE_SERVER__REQUESTS_PER_MINUTE": "10000000",
    }


def _finished(workspace: Path) -> str:
    """A session that has ended, with findings."""
    from pipeline_mcp.sessions.follow import view
    from pipeline_mcp.sessions.resolve import RunOptions, resolve
    from pipeline_mcp.sessions.submit import submit

    session_id = submit(resolve(RunOptions(path=str(workspace), profile="full", attached=False)))
    until(lambda: view(session_id).is_final, seconds=120)
    return session_id


def _loaded(workspace: Path, model: str, calls: int) -> None:
    from record import unfinished

    from pipeline_mcp.sessions.cancel import cancel
    from pipeline_mcp.sessions.submit import submit

    waiting = {"wait": ["sleep", "0.5"], "wait-longer": ["sleep", "600"]}
    held = [submit(_request(workspace, waiting)) for _ in range(RUNNING)]
    title = f"loaded, {unfinished()} sessions at work"
    try:
        anyio.run(_measure, title, model, workspace, calls, WAYS)
    finally:
        for session_id in held:
            cancel(session_id)


def _growth(workspace: Path, model: str, small: str, calls: int) -> None:
    from stored_sessions import store, stored

    for count in (10, 1_000, 100_000):
        store(small, count)
        title = f"{stored():,} sessions stored"
        anyio.run(_measure, title, model, workspace, calls, WAYS[1:2])


async def _measure(
    title: str, model: str, workspace: Path, calls: int, ways: tuple[tuple[str, str], ...]
) -> None:
    print(f"\n{title}; milliseconds")
    print(f"  {'tool':<28}{'transport':<10}{'era':<12}{'p50':>8}{'p95':>8}{'p99':>8}")
    for transport, era in ways:
        async with _client(FLOOR, transport, era) as floor:
            _print("(the SDK's floor)", transport, era, await _times(floor, "nothing", {}, calls))
        async with _client([COMMAND, "serve"], transport, era) as client:
            await _measure_tools(client, transport, era, _calls(model, workspace), calls)


async def _measure_tools(
    client: Client, transport: str, era: str, tools: dict[str, dict[str, Any]], calls: int
) -> None:
    offered = {tool.name for tool in (await client.list_tools()).tools}
    for name, arguments in tools.items():
        if name.split()[0] in offered:
            _print(name, transport, era, await _times(client, name.split()[0], arguments, calls))


def _calls(model: str, workspace: Path) -> dict[str, dict[str, Any]]:
    """What each tool is asked; what a name says beside the tool's tells the calls apart."""
    known = {"session_id": model}
    here = {"workspace": str(workspace)}
    return {
        "pipeline_status": known,
        "pipeline_status (all)": {},
        "session_findings": known,
        "version_keeper_scan (known)": known,
        "session_cancel (ended)": known,
        "session_recover (ended)": known,
        "environment_detection": {},
        "health_monitoring": {},
        "mcp_compliance_check": {},
        "baseline": here,
        "version_check": here,
        "pipeline_run_full": here,
    }


async def _times(client: Client, tool: str, arguments: dict[str, Any], calls: int) -> list[float]:
    """Seconds of each call, after a few that warm up; those of a submit are fewer."""
    count = max(20, calls // 4) if tool == "pipeline_run_full" else calls
    seconds = []
    for number in range(count + 3):
        started = time.perf_counter()
        answer = await client.call_tool(tool, arguments)
        if number >= 3:
            seconds.append(time.perf_counter() - started)
        if answer.is_error:
            raise SystemExit(f"{tool}: {answer.content}")
    return seconds


def _print(name: str, transport: str, era: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    points = [statistics.median(ordered), *(ordered[int(len(ordered) * p)] for p in (0.95, 0.99))]
    shown = "".join(f"{point * 1000:8.2f}" for point in points)
    print(f"  {name:<28}{transport:<10}{era:<12}{shown}", flush=True)


@asynccontextmanager
async def _client(command: list[str], transport: str, era: str) -> AsyncIterator[Client]:
    if transport == "stdio":
        parameters = StdioServerParameters(
            command=command[0], args=command[1:], env=dict(os.environ)
        )
        async with Client(parameters, mode=era) as client:
            yield client
        return
    with _http(command) as url:
        async with Client(url, mode=era) as client:
            yield client


@contextmanager
def _http(command: list[str]) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    more = [port] if command is FLOOR else ["--transport", "http", "--port", port]
    server = subprocess.Popen([*command, *more])
    try:
        until(lambda: _listens(int(port)), seconds=30)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        server.terminate()
        server.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    main()
