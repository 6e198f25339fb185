"""`doctor`: what is there, what is missing, and how to get it."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from pipeline_mcp.cli.logs import use_configured_level
from pipeline_mcp.cli.options import answer_format
from pipeline_mcp.cli.output import write_answer
from pipeline_mcp.errors import ExitCode

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline_mcp.embedded.diagnosis import Check

_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red")}
_PLAIN_WIDTH = 100


@click.command()
@answer_format()
@click.pass_context
def doctor(context: click.Context, form: str) -> None:
    """Say what a run would find on this machine; exit code 2 if it would not work."""
    from pipeline_mcp.config.settings import settings
    from pipeline_mcp.embedded.diagnosis import diagnose, would_run
    from pipeline_mcp.reporting.json_format import json_text

    use_configured_level()
    checks = list(diagnose(settings()))
    works = would_run(checks)
    if form == "json":
        write_answer(json_text({"works": works, "checks": [asdict(each) for each in checks]}))
    else:
        write_answer(_text(checks, works=works))
    context.exit(ExitCode.PASSED if works else ExitCode.USAGE)


def _text(checks: Iterable[Check], *, works: bool) -> str:
    console = _console()
    for group, members in groupby(checks, key=lambda check: check.group):
        console.print(_heading(group))
        console.print(_table(list(members)))
        console.print()
    verdict = "A run works on this machine." if works else "A run would not work: see ✗ above."
    console.print(verdict, style="bold green" if works else "bold red")
    written: Any = console.file
    return "".join(f"{line.rstrip()}\n" for line in written.getvalue().splitlines())


def _console() -> Console:
    """Writes to memory, in the colours that standard output can show."""
    from rich.console import Console

    shown = Console(file=sys.stdout)
    return Console(
        file=io.StringIO(),
        width=shown.width if shown.is_terminal else _PLAIN_WIDTH,
        force_terminal=shown.is_terminal,
        no_color=shown.no_color,
        highlight=False,
        markup=False,
        emoji=False,
    )


def _heading(group: str) -> Any:
    from rich.text import Text

    return Text(group.capitalize(), style="bold")


def _table(checks: list[Check]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    for column in ("mark", "name", "detail"):
        # A long path folds; it is never cut.
        table.add_column(column, overflow="fold")
    for check in checks:
        mark, colour = _MARKS[check.state]
        detail = Text(check.detail)
        if check.advice:
            detail.append(f"\n{check.advice}", style="dim")
        table.add_row(Text(f"  {mark}", style=colour), Text(check.name), detail)
    return table


COMMANDS: tuple[click.Command, ...] = (doctor,)
