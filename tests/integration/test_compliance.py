"""The server examines itself over real messages; broken ones show that it would notice."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from fixtures.stack import Pipeline
from mcp import Client
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, TextContent, ToolAnnotations

from pipeline_mcp.server.app import make_server
from pipeline_mcp.server.compliance import examination
from pipeline_mcp.server.compliance.examination import Scope, examine

READS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
WRITES = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)


def ask(server: MCPServer[Any], **arguments: Any) -> dict[str, Any]:
    async def talk() -> Any:
        async with Client(server) as client:
            return await client.call_tool("mcp_compliance_check", arguments)

    answer = anyio.run(talk)
    assert not answer.is_error, answer.content
    results: dict[str, Any] = answer.structured_content["results"]
    return results


def examined(server: MCPServer[Any], **scope: Any) -> dict[str, Any]:
    async def main() -> dict[str, Any]:
        return await examine(server, {}, Scope(**scope))

    return anyio.run(main)


def with_tool(function: Callable[..., Awaitable[Any]], **options: Any) -> MCPServer[Any]:
    """A server with one tool, listed as `options` say."""
    listed = {"annotations": READS, "description": "A tool.", **options}
    tool = Tool.from_function(function, structured_output=False, **listed)
    return MCPServer("broken", version="1", tools=[tool], log_level="CRITICAL")


async def lenient(limit: int = 1) -> CallToolResult:
    """Takes anything."""
    return CallToolResult(content=[TextContent(type="text", text="fine")])


def test_this_server_keeps_to_the_protocol_in_both_revisions(database: str) -> None:
    results = ask(make_server())
    assert results["issues"] == []
    assert results["compliance_score"] == 100.0
    assert (results["server_name"], results["mcp_version"]) == ("pipeline-mcp", "2026-07-28")
    revisions = {check["revision"] for check in results["checks"]}
    assert revisions == {"2025-11-25", "2026-07-28"}
    names = {check["check"] for check in results["checks"]}
    assert {"good calls are answered", "an unknown argument is refused"} <= names


def test_the_command_says_the_same(pipeline: Pipeline) -> None:
    answer = pipeline("compliance", "--format", "json")
    assert answer.exit_code == 0, answer.stdout
    assert answer.json["compliance_score"] == 100.0


def test_it_is_quick(state_dir: object) -> None:
    server = make_server()
    ask(server)  # imports
    began = time.monotonic()
    ask(server)
    assert time.monotonic() - began < 2.0  # 0.2 s on an idle machine


def test_what_is_not_asked_for_is_not_checked(state_dir: object) -> None:
    results = ask(make_server(), check_tools=False, check_error_handling=False)
    names = {check["check"] for check in results["checks"]}
    assert "inputSchema is valid" in names
    assert not [name for name in names if "refused" in name or "good calls" in name]
    assert "outputSchema is valid" in ask(make_server(), output_format="text")["text"]


def test_a_service_that_is_away_lowers_the_score(state_dir: object) -> None:
    results = ask(make_server())
    assert results["compliance_score"] < 100
    assert "pipeline_status: answered with an error: database" in results["issues"][0]


def test_a_schema_that_is_none_is_an_issue() -> None:
    server = with_tool(lenient)
    tool = server._tool_manager.get_tool("lenient")
    assert tool is not None
    tool.parameters = {"type": "object", "properties": {"limit": {"type": "integr"}}}
    results = examined(server)
    assert results["compliance_score"] < 100
    assert any("lenient.inputSchema is no JSON Schema" in issue for issue in results["issues"])


def test_arguments_that_are_not_refused_are_an_issue() -> None:
    issues = examined(with_tool(lenient))["issues"]
    assert any("an unknown argument is refused" in issue for issue in issues)


def test_a_result_that_breaks_its_own_schema_is_an_issue() -> None:
    async def promises() -> CallToolResult:
        text = TextContent(type="text", text='{"count": "many"}')
        return CallToolResult(content=[text], structured_content={"count": "many"})

    server = with_tool(promises)
    tool = server._tool_manager.get_tool("promises")
    assert tool is not None
    schema = {"type": "object", "properties": {"count": {"type": "integer"}}}
    tool.fn_metadata.output_schema = schema
    assert any("'many' is not of type 'integer'" in issue for issue in examined(server)["issues"])


def test_a_tool_that_says_nothing_of_itself_is_an_issue() -> None:
    results = examined(with_tool(lenient, annotations=None, name="no name!"))
    assert any("is no name that every client takes" in issue for issue in results["issues"])
    results = examined(with_tool(lenient, annotations=None))
    assert any("does not say readOnlyHint" in issue for issue in results["issues"])


def test_prompts_that_are_called_a_mistake_of_the_servers_are_an_issue() -> None:
    results = examined(with_tool(lenient), tools=False, schemas=False)
    assert any("an unknown prompts/get is refused" in issue for issue in results["issues"])


def test_tools_that_change_something_are_not_called() -> None:
    called = []

    async def changes() -> CallToolResult:
        called.append(True)
        return CallToolResult(content=[])

    examined(with_tool(changes, annotations=WRITES))
    assert called == []


def test_a_tool_that_hangs_does_not_hold_up_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs() -> CallToolResult:
        await anyio.sleep_forever()
        raise AssertionError

    monkeypatch.setattr(examination, "_MOST_SECONDS", 1.0)
    results = examined(with_tool(hangs))
    assert any("had no answer in time" in issue for issue in results["issues"])


def test_it_does_not_examine_itself_within_an_examination(state_dir: object) -> None:
    server = make_server()
    without_own_name = examined(server, schemas=False, errors=False)
    assert any("cannot do so within that" in issue for issue in without_own_name["issues"])
