"""`audit`: see who did what."""

from __future__ import annotations

import click

from pipeline_mcp.cli.options import answer_format
from pipeline_mcp.cli.output import note, write_answer

_LONGEST_PAGE = 1000


@click.command()
@click.option("--session", "session_id", metavar="SESSION", help="What was done to it.")
@click.option("--principal", metavar="NAME", help="What was done in that name.")
@click.option("--limit", type=click.IntRange(1, _LONGEST_PAGE), default=50, show_default=True)
@click.option("--cursor", help="Go on where the last page ended.")
@answer_format()
def audit(
    session_id: str | None, principal: str | None, limit: int, cursor: str | None, form: str
) -> None:
    """Show who did what, newest first: also of sessions that have expired."""
    from pipeline_mcp.cli.services import open_database
    from pipeline_mcp.reporting.audit import audit_document, audit_text
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.sessions.audit import entries

    open_database()
    page, following = entries(
        limit=limit, session_id=session_id, principal=principal, cursor=cursor
    )
    if form == "json":
        write_answer(json_text(audit_document(page, following)))
        return
    write_answer(audit_text(page))
    if following:
        note(f"older ones: --cursor {following}")


COMMANDS: tuple[click.Command, ...] = (audit,)
