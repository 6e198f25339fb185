"""`integrate`: commit a session's patch on a branch, push it, and open a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline_mcp.cli.options import answer_format
from pipeline_mcp.cli.output import note, write_answer
from pipeline_mcp.errors import ExitCode

if TYPE_CHECKING:
    from pipeline_mcp.domain.integration import IntegrationWish
    from pipeline_mcp.domain.report import Report


@click.command()
@click.argument("session_id", metavar="SESSION")
@click.option("--branch", default="", metavar="NAME", help="Default: pipeline-mcp/ and a number.")
@click.option("--base", default="", metavar="BRANCH", help="Default: what is checked out.")
@click.option("--push", is_flag=True, help="Push the branch, never another one.")
@click.option("--remote", default="origin", show_default=True, help="Where to push to.")
@click.option("--pull-request", is_flag=True, help="Push, and open or update a pull request.")
@click.option("--dry-run", is_flag=True, help="Say what would be committed; write nothing.")
@answer_format()
@click.pass_context
def integrate(
    context: click.Context,
    session_id: str,
    branch: str,
    base: str,
    push: bool,
    remote: str,
    pull_request: bool,
    dry_run: bool,
    form: str,
) -> None:
    """Commit the verified patch of SESSION on a branch of its own.

    Nothing that is checked out changes. A file with changes that are not committed is left out:
    exit code 3 if any was, or if a push or pull request could not be made.
    """
    from pipeline_mcp.cli.services import services
    from pipeline_mcp.domain.integration import IntegrationWish

    wish = IntegrationWish(
        branch=branch,
        base=base,
        remote=remote,
        push=push,
        pull_request=pull_request,
        dry_run=dry_run,
    )
    with services():
        context.exit(print_integration(session_id, wish, form))


def print_integration(session_id: str, wish: IntegrationWish, form: str) -> ExitCode:
    """Do it, and print what came of it; the services must be there.

    Raises:
        PipelineError: nothing could be committed.
    """
    from pipeline_mcp.reporting.integration import integration_document, integration_text
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.sessions.integrating import integrate as integrate_session

    done = integrate_session(session_id, wish)
    if form == "json":
        write_answer(json_text(integration_document(done)))
    else:
        write_answer(integration_text(done))
    if done.error is not None:
        note(done.error)
    return ExitCode.PASSED if done.is_whole else ExitCode.INCOMPLETE


def integrate_now(found: Report, how_far: str) -> bool:
    """Integrate what a command has just fixed, and say so; False if not all could be done.

    `how_far` is `commit`, `push` or `pull-request`.

    Raises:
        PipelineError: nothing could be committed.
    """
    from pipeline_mcp.domain.integration import IntegrationWish
    from pipeline_mcp.reporting.integration import integration_text
    from pipeline_mcp.sessions.integrating import integrate as integrate_session

    if found.fixes is None or found.fixes.patch is None:
        note("nothing was fixed, so there is nothing to commit")
        return True
    wish = IntegrationWish(push=how_far == "push", pull_request=how_far == "pull-request")
    done = integrate_session(found.session_id, wish)
    # The report has standard output to itself.
    for line in integration_text(done).splitlines():
        note(line)
    if done.error is not None:
        note(done.error)
    return done.is_whole


COMMANDS: tuple[click.Command, ...] = (integrate,)
