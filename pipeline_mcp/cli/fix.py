"""`fix`: verified fixes of a workspace, or of what a session has found."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TextIO

import click

from pipeline_mcp.cli.fix_options import fix_options, fix_plan
from pipeline_mcp.cli.options import REPORT_FORMATS, answer_format, words, written_reports
from pipeline_mcp.cli.output import check_output, check_reports

# It is kept with what the session was asked to do.
_LONGEST_PROPOSAL = 2_000_000
_SESSION = re.compile(r"pipeline-\d+-[0-9a-f]{8}")


@click.command()
@click.argument("target", metavar="[SESSION|PATH]", default=".")
@fix_options
@words("--tools", help="Run these tools and no others.")
@answer_format(REPORT_FORMATS)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the answer to FILE instead of standard output.",
)
@written_reports()
@click.option(
    "--proposal",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help="Verify the patch in FILE, file by file, instead of fixes by tools; - reads it.",
)
@click.option("--agent-instructions", is_flag=True, help="Say how to fix what no tool can fix.")
@click.option("--quiet", "-q", is_flag=True, help="No progress on standard error.")
@click.pass_context
def fix(
    context: click.Context,
    /,
    target: str,
    max_cycles: int | None,
    max_fixes: int | None,
    dry_run: bool,
    unsafe: bool,
    integrate: str | None,
    tools: tuple[str, ...],
    form: str,
    output: Path | None,
    reports: tuple[tuple[str, Path], ...],
    proposal: TextIO | None,
    agent_instructions: bool,
    quiet: bool,
) -> None:
    """Fix what can be fixed in PATH (default: the current directory), or what SESSION was about.

    Every fix is made on a copy, verified by all tools of the session, and then applied; `undo`
    takes it back. With --dry-run the patch is printed instead, for `git apply`.
    """
    plan = fix_plan(
        max_cycles=max_cycles,
        max_fixes=max_fixes,
        unsafe=unsafe,
        dry_run=dry_run,
        proposal=_text(proposal) if proposal else None,
    )
    check_output(output)
    check_reports(reports)
    from pipeline_mcp.cli.services import services

    with services():
        from pipeline_mcp.cli.fixing import Answer, run_fixes

        answer = Answer(form, output, dry_run, agent_instructions, quiet, reports, integrate)
        session_id = target if _SESSION.fullmatch(target) else None
        context.exit(run_fixes(plan, answer, path=target, session_id=session_id, tools=tools))


def _text(file: TextIO) -> str:
    try:
        text = file.read(_LONGEST_PROPOSAL + 1)
    except UnicodeDecodeError as error:
        raise click.UsageError(f"--proposal: {file.name} is not UTF-8") from error
    if not text.strip() or len(text) > _LONGEST_PROPOSAL:
        said = f"is empty or has more than {_LONGEST_PROPOSAL:,} characters"
        raise click.UsageError(f"--proposal: {file.name} {said}")
    return text


COMMANDS: tuple[click.Command, ...] = (fix,)
