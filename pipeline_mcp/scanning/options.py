"""What a tool is told beyond its files: part of the unit, and so of its result's key."""

from __future__ import annotations

import glob
from typing import Any

from pipeline_mcp.domain.session import SessionRequest
from pipeline_mcp.domain.snapshot import Snapshot
from pipeline_mcp.tools.contract import Tool


def options_for(tool: Tool, request: SessionRequest, snapshot: Snapshot) -> dict[str, Any]:
    """The operator's options for the tool and, where it asks for them, `left_out`: globs of what
    the workspace has and the snapshot, which must know its skipped files, has not."""
    options = dict(request.tool_options.get(tool.name, {}))
    if tool.needs_left_out:
        skipped = (glob.escape(file.path) for file in snapshot.skipped)
        options["left_out"] = [*request.exclude, *skipped]
    return options
