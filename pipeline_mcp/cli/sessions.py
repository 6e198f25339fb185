"""`status`, `sessions` and `findings`: look at sessions; nothing is started for it."""

from __future__ import annotations

import click

from pipeline_mcp.cli.options import SeverityList, answer_format, words
from pipeline_mcp.cli.output import note, write_answer
from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.query import FindingFilter
from pipeline_mcp.errors import PipelineError

_LONGEST_PAGE = 1000


@click.command()
@click.argument("session_id", metavar="[SESSION]", required=False)
@answer_format()
def status(session_id: str | None, form: str) -> None:
    """Show how SESSION stands (default: the newest one).

    The exit code says that there is an answer, not what the session came to: read that.
    """
    from pipeline_mcp.cli.services import open_database
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.reporting.standing import standing_document, standing_text
    from pipeline_mcp.sessions.follow import standing

    open_database()
    found = standing(session_id or newest())
    as_json = form == "json"
    write_answer(json_text(standing_document(found)) if as_json else standing_text(found))


@click.command()
@click.option("--limit", type=click.IntRange(1, _LONGEST_PAGE), default=20, show_default=True)
@click.option("--cursor", help="Go on where the last page ended.")
@answer_format()
def sessions(limit: int, cursor: str | None, form: str) -> None:
    """List the sessions, newest first."""
    from pipeline_mcp.cli.services import open_database
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.reporting.session import session_document, sessions_text
    from pipeline_mcp.sessions.listing import sessions as listed

    open_database()
    page, following = listed(limit=limit, cursor=cursor)
    if form == "json":
        rows = [session_document(session) for session in page]
        write_answer(json_text({"sessions": rows, "cursor": following}))
        return
    write_answer(sessions_text(page))
    if following:
        note(f"older ones: --cursor {following}")


@click.command()
@click.argument("session_id", metavar="SESSION")
@click.option("--path", "paths", multiple=True, metavar="GLOB", help="`*` crosses `/`.")
@words("--tool", help="Of these tools.")
@words("--rule", help="Of these rules.")
@click.option("--severity", type=SeverityList(), default=(), help="Of these severities.")
@click.option("--new-only", is_flag=True, help="No findings that are known.")
@click.option("--worst-first", is_flag=True, help="New ones first, the most severe before all.")
@click.option("--limit", type=click.IntRange(1, _LONGEST_PAGE), default=100, show_default=True)
@click.option("--cursor", help="Go on where the last page ended.")
@answer_format()
def findings(
    *,
    session_id: str,
    paths: tuple[str, ...],
    tool: tuple[str, ...],
    rule: tuple[str, ...],
    severity: tuple[Severity, ...],
    new_only: bool,
    worst_first: bool,
    limit: int,
    cursor: str | None,
    form: str,
) -> None:
    """List the findings of SESSION, a page at a time."""
    from pipeline_mcp.cli.services import open_database
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.reporting.session import page_document, page_footer, page_text
    from pipeline_mcp.sessions.findings import findings as found

    open_database()
    filters = FindingFilter(tool, rule, severity, paths, new_only)
    page = found(session_id, filters, cursor=cursor, limit=limit, worst_first=worst_first)
    if form == "json":
        write_answer(json_text(page_document(session_id, page)))
        return
    write_answer(page_text(page))
    note(page_footer(page))


def newest() -> str:
    """The session that was accepted last.

    Raises:
        PipelineError: there is none.
    """
    from pipeline_mcp.sessions.listing import sessions as listed

    page, _ = listed(limit=1)
    if not page:
        raise PipelineError(
            "There are no sessions yet.", next_step="Start one with `pipeline-mcp run`."
        )
    return page[0].session_id


COMMANDS: tuple[click.Command, ...] = (status, sessions, findings)
