"""`config show` and `config validate`: what is configured, where, and what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from pipeline_mcp.cli.output import write_answer
from pipeline_mcp.config.environment import unknown_variables
from pipeline_mcp.config.repository import (
    RepositoryFile,
    needs_trust,
    read_repository_file,
    with_repository,
)
from pipeline_mcp.config.settings import Settings, settings
from pipeline_mcp.config.show import Shown, show_settings
from pipeline_mcp.errors import ConfigurationError, ExitCode, Problem
from pipeline_mcp.sessions.resolve import effective_settings
from pipeline_mcp.tools.configured import name_problems

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
    # Trust is recorded per workspace and may be given at any time, so all of the file is shown.
    file = read_repository_file(path.resolve(), trusted=True)
    current = effective_settings(settings(), file)
    rows = show_settings(current)
    notices = _notices(file)
    if output == "json":
        write_answer(json.dumps(_shown_as_data(rows, notices), indent=2) + "\n")
        return
    width = max(len(row.name) for row in rows)
    write_answer("".join(f"{row.name:<{width}}  {_said(row)}  ({row.origin})\n" for row in rows))
    _say(notices)


@config.command()
@_PATH
@_FORMAT
@click.pass_context
def validate(context: click.Context, path: Path, output: str) -> None:
    """Check the settings and the pipeline.yaml of PATH; every mistake is listed."""
    file = read_repository_file(path.resolve(), trusted=True)
    problems = _all_problems(file)
    notices = _notices(file)
    if output == "json":
        write_answer(json.dumps(_verdict_as_data(problems, notices), indent=2) + "\n")
    else:
        _say(notices)
        write_answer("".join(f"{line}\n" for line in (*problems, _verdict(problems))))
    if problems:
        context.exit(ExitCode.USAGE)


def _all_problems(file: RepositoryFile) -> list[Problem]:
    try:
        base = settings()
    except ConfigurationError as error:
        return [*error.problems, *file.problems]
    if file.problems:
        return [*name_problems(base), *file.problems]
    return name_problems(with_repository(base, file))


def _notices(file: RepositoryFile) -> list[str]:
    notices = [*unknown_variables(Settings), *file.notices]
    if file.layer is not None and not file.problems and (keys := needs_trust(file.layer)):
        notices.append(f"These count only where the workspace is trusted: {', '.join(keys)}.")
    return notices


def _said(row: Shown) -> str:
    return row.value if isinstance(row.value, str) else json.dumps(row.value)


def _say(notices: list[str]) -> None:
    for notice in notices:
        click.echo(f"note: {notice}", err=True)


def _verdict(problems: list[Problem]) -> str:
    if not problems:
        return "The configuration is valid."
    return f"{len(problems)} problem{'s' if len(problems) > 1 else ''} found."


def _shown_as_data(rows: list[Shown], notices: list[str]) -> dict[str, Any]:
    settings_ = {
        row.name: {
            "value": row.value,
            "origin": row.origin.kind,
            "source": row.origin.source or None,
            "line": row.origin.line or None,
        }
        for row in rows
    }
    return {"settings": settings_, "notices": notices}


def _verdict_as_data(problems: list[Problem], notices: list[str]) -> dict[str, Any]:
    listed = [
        {"source": one.source, "line": one.line or None, "key": one.key, "message": one.message}
        for one in problems
    ]
    return {"valid": not problems, "problems": listed, "notices": notices}


COMMANDS: tuple[click.Command, ...] = (config,)
