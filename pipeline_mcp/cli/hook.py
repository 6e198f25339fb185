"""`hook`: the pipeline over the files that a commit hook names."""

from __future__ import annotations

from typing import Any

import click

from pipeline_mcp.cli.fix_options import fix_options, plan_if_asked
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
    integrate: str | None,
    **given: Any,
) -> None:
    """Run the pipeline over FILES of the current directory (default: all of it).

    For tools such as pre-commit, which put the names of files behind all options.
    """
    plan = plan_if_asked(
        fixes,
        max_cycles=max_cycles,
        max_fixes=max_fixes,
        unsafe=unsafe,
        dry_run=dry_run,
        integrate=integrate,
    )
    context.exit(run_session(path=".", fix=plan, integrate=integrate, **given))


COMMANDS: tuple[click.Command, ...] = (hook,)
