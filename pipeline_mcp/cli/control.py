"""`cancel` and `recover`: end a session before its time, or continue one that was cut off."""

from __future__ import annotations

import click

from pipeline_mcp.cli.exits import exit_code_of
from pipeline_mcp.cli.options import answer_format
from pipeline_mcp.cli.output import note, write_answer


@click.command()
@click.argument("session_id", metavar="SESSION")
@answer_format()
def cancel(session_id: str, form: str) -> None:
    """End SESSION now: nothing more starts, running tools are stopped."""
    from pipeline_mcp.cli.services import open_database
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.reporting.session import session_document
    from pipeline_mcp.sessions.cancel import cancel as end

    open_database()
    session = end(session_id)
    if form == "json":
        write_answer(json_text(session_document(session)))
    else:
        write_answer(f"{session.session_id} is {session.status}\n")


@click.command()
@click.argument("session_id", metavar="[SESSION]", required=False)
@click.option("--detach", is_flag=True, help="Do not wait for the sessions to end.")
@click.option("--quiet", "-q", is_flag=True, help="No progress on standard error.")
@answer_format()
@click.pass_context
def recover(
    context: click.Context, session_id: str | None, detach: bool, quiet: bool, form: str
) -> None:
    """Continue SESSION, or every unfinished one, from what is stored of it.

    The exit code is the worst of the sessions'.
    """
    from pipeline_mcp.cli.pipeline import attend
    from pipeline_mcp.cli.services import services
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.reporting.session import session_document, sessions_text
    from pipeline_mcp.sessions.follow import view
    from pipeline_mcp.sessions.recover import recover as send_again

    with services():
        recovered = send_again(session_id)
        if not detach:
            for each in recovered:
                attend(each, quiet=quiet)
        found = [view(each) for each in recovered]
    if form == "json":
        write_answer(json_text({"sessions": [session_document(each) for each in found]}))
    elif found:
        write_answer(sessions_text(found))
    else:
        note("there is nothing to recover")
    context.exit(max((exit_code_of(each.status) for each in found), default=0))


COMMANDS: tuple[click.Command, ...] = (cancel, recover)
