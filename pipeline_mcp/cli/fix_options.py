"""The options of fixes, and the plan that they make."""

from __future__ import annotations

from typing import Any

import click

from pipeline_mcp.cli.options import Decorated
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
    click.option("--unsafe", is_flag=True, help="Fixes too that may change what a program does."),
)


def fix_options(function: Decorated) -> Decorated:
    """The options of a command that fixes: `max_cycles`, `max_fixes` and `unsafe`."""
    decorated: Any = function
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def fix_plan(
    *,
    max_cycles: int | None,
    max_fixes: int | None,
    unsafe: bool,
    proposal: str | None = None,
) -> FixPlan:
    """A plan that goes on until nothing is left that a tool can fix, or a limit is reached.

    With a `proposal`, a unified diff, that is verified instead.
    """
    return FixPlan(
        max_cycles=max_cycles or DEFAULT_CYCLES,
        max_fixes=max_fixes,
        unsafe=unsafe,
        break_on_no_issues=False,
        proposal=proposal,
    )
