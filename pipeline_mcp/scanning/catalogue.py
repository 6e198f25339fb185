"""The tools of a session: the built-in ones and those that its request defines."""

from __future__ import annotations

from dataclasses import replace

from pipeline_mcp.domain.session import SessionRequest
from pipeline_mcp.tools.contract import Tool
from pipeline_mcp.tools.custom import tool_from_definition
from pipeline_mcp.tools.registry import TOOLS
from pipeline_mcp.workspace.walk import exclusion


def catalogue(request: SessionRequest) -> dict[str, Tool]:
    """All tools that the session may use, by name, each without the files it shall not look at.

    Raises:
        SettingError: a definition of a user-defined tool is wrong.
    """
    custom = map(tool_from_definition, request.custom_tools)
    tools = TOOLS | {tool.name: tool for tool in custom}
    return {name: _narrowed(tool, request) for name, tool in tools.items()}


def _narrowed(tool: Tool, request: SessionRequest) -> Tool:
    globs = tuple(request.tool_options.get(tool.name, {}).get("exclude", ()))
    if not globs:
        return tool
    return replace(tool, files=replace(tool.files, excluded=exclusion(globs)))
