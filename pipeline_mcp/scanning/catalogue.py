"""The tools of a session: the built-in ones and those that its request defines."""

from __future__ import annotations

from pipeline_mcp.domain.session import SessionRequest
from pipeline_mcp.tools.contract import Tool
from pipeline_mcp.tools.custom import tool_from_definition
from pipeline_mcp.tools.registry import TOOLS


def catalogue(request: SessionRequest) -> dict[str, Tool]:
    """All tools that the session may use, by name.

    Raises:
        SettingError: a definition of a user-defined tool is wrong.
    """
    custom = map(tool_from_definition, request.custom_tools)
    return TOOLS | {tool.name: tool for tool in custom}
