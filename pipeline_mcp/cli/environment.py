"""`environment`: where this runs, how it is configured, and what would make it better."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline_mcp.cli.logs import use_configured_level
from pipeline_mcp.cli.options import answer_format
from pipeline_mcp.cli.output import write_answer

_ACTIONS = ("detect", "summary", "config", "validate", "profile", "optimize")


@click.command()
@click.argument("action", type=click.Choice(_ACTIONS), default="summary")
@click.argument("path", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@answer_format()
def environment(action: str, path: Path, form: str) -> None:
    """Say what is here; config, validate and profile are about a run in PATH."""
    from pipeline_mcp.reporting.json_format import json_text

    use_configured_level()
    document = _document(action, path.resolve())
    write_answer(json_text(document) if form == "json" else _text(document))


def _document(action: str, path: Path) -> dict[str, Any]:
    from pipeline_mcp.environment import configuration, detection, optimisation

    match action:
        case "detect":
            return detection.detect()
        case "summary":
            return detection.summary()
        case "optimize":
            return optimisation.optimise()
        case "config":
            return configuration.shown_document(path)
        case "validate":
            return configuration.judged_document(path)
        case _:
            return configuration.profile_document(path)


def _text(document: dict[str, Any], indent: str = "") -> str:
    """Nested keys as indented lines, a list's items each behind a dash."""
    lines = []
    for name, value in document.items():
        if isinstance(value, dict):
            lines.append(f"{indent}{name}:\n{_text(value, indent + '  ')}")
        elif isinstance(value, list):
            lines.append(f"{indent}{name}:{'' if value else ' none'}\n")
            lines += [f"{indent}  - {_item(item)}\n" for item in value]
        else:
            lines.append(f"{indent}{name}: {'-' if value is None else value}\n")
    return "".join(lines)


def _item(item: Any) -> str:
    if isinstance(item, dict):
        return " ".join(f"{value}" for value in item.values() if value is not None)
    return f"{item}"


COMMANDS: tuple[click.Command, ...] = (environment,)
