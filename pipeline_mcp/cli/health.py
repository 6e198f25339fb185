"""`health`: measure what works at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline_mcp.cli.logs import use_configured_level
from pipeline_mcp.cli.options import answer_format
from pipeline_mcp.cli.output import note, write_answer
from pipeline_mcp.errors import ExitCode

if TYPE_CHECKING:
    from pipeline_mcp.monitoring.health import Health

_MARKS = {"ok": "ok", "degraded": "degraded", "failed": "FAILED"}


@click.command()
@click.option("--all", "comprehensive", is_flag=True, help="Measure queues, sessions, memory too.")
@click.option("--export", "export_path", metavar="NAME", help="Also write NAME.json or NAME.prom.")
@answer_format(("text", "json", "prometheus"))
@click.pass_context
def health(context: click.Context, comprehensive: bool, export_path: str | None, form: str) -> None:
    """Measure what works now; starts nothing. Exit code 2 if a part has failed."""
    from pipeline_mcp.monitoring.export import export
    from pipeline_mcp.monitoring.health import COMPREHENSIVE, ESSENTIAL, check

    use_configured_level()
    found = check(COMPREHENSIVE if comprehensive or export_path else ESSENTIAL)
    write_answer(_written(found, form))
    if export_path:
        note(f"written to {export(found, export_path)}")
    context.exit(ExitCode.USAGE if found.state == "failed" else ExitCode.PASSED)


def _written(found: Health, form: str) -> str:
    from pipeline_mcp.monitoring.prometheus import prometheus_text
    from pipeline_mcp.reporting.json_format import json_text

    if form == "prometheus":
        return prometheus_text(found)
    document = found.document()
    if form == "json":
        return json_text(document)
    lines = []
    for each in document["checks"]:
        lines.append(f"{_MARKS[each['status']]:<9} {each['name']:<16} {each['detail']}")
        if each["advice"]:
            lines.append(f"{'':<27}{each['advice']}")
    return "".join(f"{line}\n" for line in (*lines, f"status: {document['status']}"))


COMMANDS: tuple[click.Command, ...] = (health,)
