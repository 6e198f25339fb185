"""Tools of the suite about lists: unusual schemas, and lists that change while clients watch."""

from __future__ import annotations

from typing import Annotated, Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.prompts.base import Prompt
from mcp.server.mcpserver.tools import Tool
from pydantic import Field

# The suite looks for each of these keywords in the list of tools.
_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


def json_schema_2020_12_tool() -> str:
    """Have a schema with all that JSON Schema 2020-12 allows."""
    return "The schema is in the list."


def test_x_mcp_header(
    region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})] = "none",
) -> str:
    """Have a parameter that clients repeat in a header."""
    return f"region={region}"


def register(server: MCPServer[Any]) -> None:
    """Add these tools, two of which change the server's lists."""

    async def test_trigger_tool_change(ctx: Context[Any, Any]) -> str:
        """Change the list of tools, and say so."""
        server.add_tool(json_schema_2020_12_tool, name="test_dynamic_tool")
        server.remove_tool("test_dynamic_tool")
        await ctx.notify_tools_changed()
        return "The list of tools has changed."

    async def test_trigger_prompt_change(ctx: Context[Any, Any]) -> str:
        """Change the list of prompts, and say so."""
        server.add_prompt(Prompt.from_function(_prompt, name="test_dynamic_prompt"))
        server.remove_prompt("test_dynamic_prompt")
        await ctx.notify_prompts_changed()
        return "The list of prompts has changed."

    for function in (test_x_mcp_header, test_trigger_tool_change, test_trigger_prompt_change):
        server.add_tool(function)
    # The SDK makes schemas from annotations, which cannot say all of this.
    with_schema = Tool.from_function(json_schema_2020_12_tool)
    with_schema.parameters = _SCHEMA
    server._tool_manager._tools[with_schema.name] = with_schema


def _prompt() -> str:
    """Say nothing of interest."""
    return "dynamic"
