"""All built-in tools by name, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline_mcp.errors import UnknownToolError
from pipeline_mcp.tools import ruff
from pipeline_mcp.tools.contract import Tool

TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        ruff.TOOL,
    )
}


def check_names(names: Iterable[str], known: Iterable[str] = TOOLS) -> None:
    """Raise `UnknownToolError` that names every unknown tool and lists the known ones."""
    valid = list(known)
    unknown = sorted(set(names) - set(valid))
    if unknown:
        raise UnknownToolError(unknown, valid)
