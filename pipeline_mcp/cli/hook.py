"""`hook`: the pipeline over the files that a commit hook names."""

from __future__ import annotations

from typing import Any

import click

from pipeline_mcp.cli.fix_options import fix_options, fix_plan
from pipeline_mcp.cli.run import run_session, session_options


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@session_options
@click.option("--fix", "fixes", is_flag=True, help="Fix what can be fixed, verified.")
@fix_options
@click.pass_context
def hook(
    context: click.Context,
    /,
    fixes: bool,
    max_cycles: int | None,
    max_fixes: int | None,
    dry_run: bool,
    unsafe: bool,
    **given: Any,
) -> None:
    """Run the pipeline over FILES of the current directory (default: all of it).

    For tools such as pre-commit, which put the names of files behind all options.
    """
    if not fixes and (max_cycles or max_fixes or dry_run or unsafe):
        raise click.UsageError("--max-cycles, --max-fixes, --dry-run and --unsafe need --fix")
    plan = fix_plan(max_cycles=max_cycles, max_fixes=max_fixes, unsafe=unsafe, dry_run=dry_run)
    context.exit(run_session(path=".", fix=plan if fixes else None, **given))


COMMANDS: tuple[click.Command, ...] = (hook,)
