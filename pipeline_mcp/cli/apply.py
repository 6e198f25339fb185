"""`apply` and `undo`: bring a session's patch into the workspace, and take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline_mcp.cli.options import SpreadCommand, answer_format
from pipeline_mcp.cli.output import note, write_answer
from pipeline_mcp.errors import ExitCode

if TYPE_CHECKING:
    from pipeline_mcp.domain.application import Application, Wish

_files = click.option(
    "--files",
    multiple=True,
    metavar="F…",
    help="These files of the patch alone; all words up to the next option.",
)


@click.command(cls=SpreadCommand)
@click.argument("session_id", metavar="SESSION")
@click.option("--all-or-nothing", is_flag=True, help="Change no file unless all can be changed.")
@click.option("--dry-run", is_flag=True, help="Print the patch, and say which files would not go.")
@_files
@answer_format()
@click.pass_context
def apply(
    context: click.Context,
    session_id: str,
    all_or_nothing: bool,
    dry_run: bool,
    files: tuple[str, ...],
    form: str,
) -> None:
    """Bring the verified patch of SESSION into its workspace.

    A file that was changed since is left alone. Exit code 3 if any was.
    """
    from pipeline_mcp.domain.application import Direction, Wish

    wish = Wish(Direction.APPLY, files, all_or_nothing, dry_run)
    context.exit(_fulfilled(session_id, wish, form))


@click.command(cls=SpreadCommand)
@click.argument("session_id", metavar="SESSION")
@_files
@answer_format()
@click.pass_context
def undo(context: click.Context, session_id: str, files: tuple[str, ...], form: str) -> None:
    """Take back, byte for byte, what `apply` has changed for SESSION.

    A file that was changed since is left alone. Exit code 3 if any was.
    """
    from pipeline_mcp.domain.application import Direction, Wish

    context.exit(_fulfilled(session_id, Wish(Direction.UNDO, files), form))


def _fulfilled(session_id: str, wish: Wish, form: str) -> ExitCode:
    from pipeline_mcp.cli.services import services

    with services():
        from pipeline_mcp.reporting.application import (
            application_document,
            application_text,
            application_verdict,
        )
        from pipeline_mcp.reporting.json_format import json_text
        from pipeline_mcp.sessions.applying import diff, fulfil

        done = fulfil(session_id, wish)
        patch = diff(session_id, wish.files) if wish.dry_run else None
    if form == "json":
        write_answer(json_text(application_document(done, patch)))
    elif patch is not None:
        write_answer(patch)
        note(application_verdict(done))
    else:
        write_answer(application_text(done))
    return _exit_code(done)


def _exit_code(done: Application) -> ExitCode:
    return ExitCode.PASSED if done.is_whole else ExitCode.INCOMPLETE


COMMANDS: tuple[click.Command, ...] = (apply, undo)
