"""The options of fixes, and the plan that they make."""

from __future__ import annotations

import click

from pipeline_mcp.cli.options import Decorated, with_options
from pipeline_mcp.domain.patch import FixPlan

_MOST_CYCLES = 10
DEFAULT_CYCLES = 5

_OPTIONS = (
    click.option(
        "--max-cycles",
        type=click.IntRange(1, _MOST_CYCLES),
        help=f"Rounds of fixing and scanning again.  [default: {DEFAULT_CYCLES}]",
    ),
    click.option("--max-fixes", type=click.IntRange(1), help="Fix so many findings at most."),
    click.option(
        "--dry-run", is_flag=True, help="Make the patch alone; the workspace stays as it is."
    ),
    click.option("--unsafe", is_flag=True, help="Fixes too that may change what a program does."),
    click.option(
        "--integrate",
        type=click.Choice(("commit", "push", "pull-request")),
        help="Then commit the fixes on a branch; push it as well; open a pull request as well.",
    ),
)


def fix_options(function: Decorated) -> Decorated:
    """The options of a command that fixes: its limits, `dry_run`, `unsafe`, `integrate`."""
    return with_options(function, _OPTIONS)


def plan_if_asked(
    fixes: bool,
    *,
    max_cycles: int | None,
    max_fixes: int | None,
    unsafe: bool,
    dry_run: bool,
    integrate: str | None,
) -> FixPlan | None:
    """The plan of a command that fixes only with `--fix`; None without it.

    Raises:
        UsageError: there is an option of fixes without it.
    """
    if not fixes and (max_cycles or max_fixes or dry_run or unsafe or integrate):
        options = "--max-cycles, --max-fixes, --dry-run, --unsafe and --integrate"
        raise click.UsageError(f"{options} need --fix")
    plan = fix_plan(max_cycles=max_cycles, max_fixes=max_fixes, unsafe=unsafe, dry_run=dry_run)
    return plan if fixes else None


def fix_plan(
    *,
    max_cycles: int | None,
    max_fixes: int | None,
    unsafe: bool,
    dry_run: bool,
    proposal: str | None = None,
) -> FixPlan:
    """A plan that goes on until nothing is left that a tool can fix, or a limit is reached.

    With a `proposal`, a unified diff, that is verified instead. What is verified goes into the
    workspace, except with `dry_run`.
    """
    return FixPlan(
        max_cycles=max_cycles or DEFAULT_CYCLES,
        max_fixes=max_fixes,
        unsafe=unsafe,
        break_on_no_issues=False,
        proposal=proposal,
        apply=not dry_run,
    )
