"""What a coding agent does: scan a workspace through MCP and read the worst findings."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters


async def main(workspace: Path) -> None:
    """Print the worst findings in `workspace`."""
    command = str(Path(sys.executable).parent / "pipeline-mcp")
    server = StdioServerParameters(command=command, args=["serve"], env=dict(os.environ))
    async with Client(server) as client:
        started = await client.call_tool("version_keeper_scan", {"workspace": str(workspace)})
        handle = {"session_id": started.structured_content["session_id"], "wait_seconds": 45}
        envelope = {"status": "accepted"}
        while envelope["status"] == "accepted":
            envelope = (await client.call_tool("pipeline_status", handle)).structured_content
        results = envelope["results"]
        print(f"{results['session_id']}: {results['status']}")
        for finding in results["findings"]:
            place = f"{finding['path']}:{finding['line']}"
            print(f"  {finding['severity']:<8}{place:<16}{finding['tool']} {finding['message']}")


anyio.run(main, Path(sys.argv[1]).absolute())
