"""Configuration above the trees, which tools would find although it is not in the snapshot."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path

from pipeline_mcp.config.settings import settings
from pipeline_mcp.tools.contract import Tool


def foreign_configuration(tool: Tool) -> tuple[Path, ...]:
    """Files above the state directory that may configure the tool, nearest first.

    Most tools look for their configuration from the tree upwards and do not stop at its root.
    """
    return _above(settings().state_dir, tool.config_files, tool.name)


def warnings(tools: Iterable[Tool]) -> tuple[str, ...]:
    """A sentence for every file that is found so, with what to do about it."""
    found = {path for tool in tools for path in foreign_configuration(tool)}
    return tuple(
        f"{path} lies above the state directory, so tools may obey it: "
        "set PIPELINE_STATE_DIR to a place without configuration above."
        for path in sorted(found)
    )


@functools.cache
def _above(directory: Path, names: tuple[str, ...], tool: str) -> tuple[Path, ...]:
    candidates = [parent / name for parent in (directory, *directory.parents) for name in names]
    return tuple(path for path in candidates if _speaks_of(path, tool))


def _speaks_of(path: Path, tool: str) -> bool:
    """True if it is the tool's own file, or a shared one that names the tool."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    word = tool.partition("-")[0]
    return word in path.name or word.encode() in content
