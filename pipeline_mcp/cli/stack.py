"""`up` and `down`: keep the embedded stack warm between commands, or let it go."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from pipeline_mcp.cli.logs import use_configured_level
from pipeline_mcp.cli.options import answer_format
from pipeline_mcp.cli.output import write_answer

if TYPE_CHECKING:
    from pipeline_mcp.embedded.stack import Status


@click.command()
@click.option("--workers", type=click.IntRange(1), help="Units that run at once.")
@answer_format()
def up(workers: int | None, form: str) -> None:
    """Start the embedded stack and keep it running between commands."""
    from pipeline_mcp.embedded import stack

    use_configured_level()
    status = stack.up(workers)
    _answer(status, form, _running_text(status))


@click.command()
@answer_format()
def down(form: str) -> None:
    """Stop the embedded stack, now or with the last command that uses it."""
    from pipeline_mcp.embedded import stack

    use_configured_level()
    status = stack.down()
    if status.is_running:
        text = "The stack is in use: it stops with the last command or detached session.\n"
    else:
        text = "The stack is down.\n"
    _answer(status, form, text)


def _running_text(status: Status) -> str:
    return (
        f"The stack is up, with {status.workers} units at once.\n"
        f"  broker      {status.broker}\n"
        f"  state       {status.state_dir}\n"
        f"  supervisor  process {status.pid}\n"
        "Stop it with `pipeline-mcp down`.\n"
    )


def _answer(status: Status, form: str, text: str) -> None:
    from pipeline_mcp.reporting.json_format import json_text

    write_answer(json_text(asdict(status)) if form == "json" else text)


COMMANDS: tuple[click.Command, ...] = (up, down)
