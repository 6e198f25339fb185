"""`tools`: every tool that this configuration knows, and whether it is installed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click

from pipeline_mcp.cli.output import write_answer
from pipeline_mcp.config.profiles import PROFILE_NAMES, profiles_of
from pipeline_mcp.config.settings import settings
from pipeline_mcp.tools.configured import configured_tools
from pipeline_mcp.tools.contract import FilePattern, Tool
from pipeline_mcp.tools.registry import TOOLS
from pipeline_mcp.tools.selection import is_installed

_COLUMNS = ("tool", "kind", "version", "scope", "fixer", "profiles", "files")


@click.command()
@click.option(
    "--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def tools(output: str) -> None:
    """List the tools, with their versions and the profiles that name them."""
    described = [_describe(tool) for tool in configured_tools(settings()).values()]
    if output == "json":
        write_answer(json.dumps({"tools": described}, indent=2) + "\n")
        return
    table = _table([_COLUMNS, *map(_row, described)])
    write_answer("".join(f"{line}\n" for line in table))


def _describe(tool: Tool) -> dict[str, Any]:
    installed = is_installed(tool)
    is_own = tool.name not in TOOLS
    return {
        "tool": tool.name,
        "kind": tool.kind.value,
        "summary": tool.summary,
        "url": tool.url,
        "installed": installed,
        "version": tool.executable.version() if installed else None,
        "scope": tool.scope.value,
        "files": _globs(tool.files),
        "profiles": list(PROFILE_NAMES if is_own else profiles_of(tool.name)),
        "fixer": tool.fix_command is not None,
        "custom": is_own,
    }


def _globs(pattern: FilePattern) -> list[str]:
    if pattern.every:
        return ["*"]
    return [*(f"*{suffix}" for suffix in pattern.suffixes), *pattern.names, *pattern.paths]


def _row(described: dict[str, Any]) -> tuple[str, ...]:
    return (
        described["tool"],
        described["kind"],
        described["version"] or "not installed",
        described["scope"],
        "yes" if described["fixer"] else "-",
        ",".join(described["profiles"]),
        " ".join(described["files"]),
    )


def _table(rows: Iterable[tuple[str, ...]]) -> Iterable[str]:
    listed = list(rows)
    widths = [max(len(row[column]) for row in listed) for column in range(len(_COLUMNS))]
    for row in listed:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


COMMANDS: tuple[click.Command, ...] = (tools,)
