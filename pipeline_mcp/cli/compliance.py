"""`compliance`: whether the MCP server keeps to the protocol."""

from __future__ import annotations

from typing import Any

import click

from pipeline_mcp.cli.options import answer_format
from pipeline_mcp.cli.output import write_answer
from pipeline_mcp.cli.services import open_database
from pipeline_mcp.errors import ExitCode


@click.command()
@answer_format()
@click.pass_context
def compliance(context: click.Context, form: str) -> None:
    """Talk to the MCP server as a client does, and score it. Exit code 1 below 100."""
    import anyio

    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.server.app import make_server
    from pipeline_mcp.server.compliance.examination import Scope, examine
    from pipeline_mcp.server.compliance.verdict import text

    open_database()

    async def examined() -> dict[str, Any]:
        return await examine(make_server(), {}, Scope(itself="mcp_compliance_check"))

    results = anyio.run(examined)
    write_answer(json_text(results) if form == "json" else text(results))
    context.exit(ExitCode.FAILED if results["issues"] else ExitCode.PASSED)


COMMANDS: tuple[click.Command, ...] = (compliance,)
