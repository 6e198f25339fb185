"""`config show` and `config validate`: what is configured, where, and what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pipeline_mcp.cli.output import write_answer
from pipeline_mcp.config.show import Shown
from pipeline_mcp.environment.configuration import judged, judged_document, shown, shown_document
from pipeline_mcp.errors import ExitCode

_FORMAT = click.option(
    "--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True
)
_PATH = click.argument(
    "path", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path)
)


@click.group()
def config() -> None:
    """Show the configuration, or check it."""


@config.command()
@_PATH
@_FORMAT
def show(path: Path, output: str) -> None:
    """Show every setting of a run in PATH, and who set it."""
    if output == "json":
        write_answer(json.dumps(shown_document(path.resolve()), indent=2) + "\n")
        return
    rows, notices = shown(path.resolve())
    width = max(len(row.name) for row in rows)
    write_answer("".join(f"{row.name:<{width}}  {_said(row)}  ({row.origin})\n" for row in rows))
    _say(notices)


@config.command()
@_PATH
@_FORMAT
@click.pass_context
def validate(context: click.Context, path: Path, output: str) -> None:
    """Check the settings and the pipeline.yaml of PATH; every mistake is listed."""
    if output == "json":
        document = judged_document(path.resolve())
        write_answer(json.dumps(document, indent=2) + "\n")
        problems = document["problems"]
    else:
        problems, notices = judged(path.resolve())
        _say(notices)
        write_answer("".join(f"{line}\n" for line in (*problems, _verdict(len(problems)))))
    if problems:
        context.exit(ExitCode.USAGE)


def _said(row: Shown) -> str:
    return row.value if isinstance(row.value, str) else json.dumps(row.value)


def _say(notices: list[str]) -> None:
    for notice in notices:
        click.echo(f"note: {notice}", err=True)


def _verdict(number: int) -> str:
    if not number:
        return "The configuration is valid."
    return f"{number} problem{'s' if number > 1 else ''} found."


COMMANDS: tuple[click.Command, ...] = (config,)
