"""The keys under which results are remembered, DESIGN's "Speed" in code."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline_mcp.domain.snapshot import ManifestRow, Snapshot
from pipeline_mcp.scanning.identity import digest, identity
from pipeline_mcp.scanning.surroundings import foreign_configuration
from pipeline_mcp.tools.contract import Scope, Tool

# The key of a whole-program result stands under this path.
PROGRAM = ""


def tool_files(tool: Tool, snapshot: Snapshot) -> list[ManifestRow]:
    """The rows that the tool looks at, in the order of their paths."""
    return [row for row in snapshot.rows if tool.files.matches(row.path)]


def result_keys(
    tool: Tool, snapshot: Snapshot, options: Mapping[str, Any], wanted: Sequence[ManifestRow]
) -> dict[str, str]:
    """Path -> key for the `wanted` files; for a program-scoped tool, the one key of `PROGRAM`."""
    base = [identity(tool, options), _configuration(tool, snapshot)]
    if tool.scope is Scope.PROGRAM:
        # The mode counts too: some tools look at the executable bit.
        facts = [(row.path, row.mode, row.sha256) for row in tool_files(tool, snapshot)]
        return {PROGRAM: digest([*base, facts, [row.path for row in wanted]])}
    if tool.scope is Scope.CONTEXT:
        base.append(digest([row.path for row in tool_files(tool, snapshot)]))
    return {row.path: digest([*base, row.path, row.mode, row.sha256]) for row in wanted}


def _configuration(tool: Tool, snapshot: Snapshot) -> str:
    """A hash of all files that may configure the tool, wherever they lie in the tree or above."""
    above = [path.read_text("utf-8", "replace") for path in foreign_configuration(tool)]
    inside = [
        (row.path, row.sha256)
        for row in snapshot.rows
        if posixpath.basename(row.path) in tool.config_files
    ]
    return digest([inside, above])
