"""What clients see of the tools: pinned, small, complete and portable."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from pipeline_mcp.server.app import make_server
from pipeline_mcp.server.tools import SERVED

LISTED = Path(__file__).parent / "listed"
# At four bytes a token: what the whole list may cost an agent, 2,500 tokens, and what one tool may.
MOST_BYTES = 10_000
MOST_BYTES_OF_A_TOOL = 1_000
MOST_TEXT = 2_048


@pytest.fixture(scope="module")
def listed() -> list[dict[str, Any]]:
    """The tools as they go over the wire."""

    async def listing() -> Any:
        async with Client(make_server()) as client:
            return await client.list_tools()

    found = anyio.run(listing)
    return [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in found.tools]


def size(document: Any) -> int:
    return len(json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode())


def test_every_tool_is_as_it_was_reviewed(listed: list[dict[str, Any]]) -> None:
    texts = {f"{tool['name']}.json": json.dumps(tool, indent=2) + "\n" for tool in listed}
    if os.environ.get("UPDATE_TOOLS"):
        for file in LISTED.glob("*.json"):
            file.unlink()
        for name, text in texts.items():
            (LISTED / name).write_text(text)
    reviewed = {file.name: file.read_text() for file in LISTED.glob("*.json")}
    assert reviewed == texts, (
        "A tool has changed for its clients. If that is meant: "
        "UPDATE_TOOLS=1 pytest tests/unit/server/test_server_tool_list.py, and commit the files."
    )


def test_the_list_costs_an_agent_little(listed: list[dict[str, Any]]) -> None:
    sizes = {tool["name"]: size(tool) for tool in listed}
    assert size({"tools": listed}) <= MOST_BYTES, sizes
    assert max(sizes.values()) <= MOST_BYTES_OF_A_TOOL, sizes


def test_names_and_texts_fit_every_client(listed: list[dict[str, Any]]) -> None:
    instructions = make_server().instructions or ""
    assert 0 < len(instructions.encode()) < MOST_TEXT
    for tool in listed:
        assert re.fullmatch("[a-z0-9_]{1,39}", tool["name"])
        assert 0 < len(tool["description"].encode()) < MOST_TEXT
        assert tool["title"]


def test_every_tool_says_all_that_it_may_do(listed: list[dict[str, Any]]) -> None:
    hints = {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
    for tool, served in zip(listed, SERVED, strict=True):
        assert tool["annotations"].keys() == hints, tool["name"]
        reads = served.effect.name == "READS"
        assert tool["annotations"]["readOnlyHint"] is reads


def test_schemas_are_closed_and_portable(listed: list[dict[str, Any]]) -> None:
    for tool in listed:
        assert tool["inputSchema"]["additionalProperties"] is False
        for schema in (tool["inputSchema"], tool["outputSchema"]):
            assert schema["type"] == "object"
            for node in nodes(schema):
                assert node.keys() - {"title", "description", "default"}, tool["name"]
                assert not {"title", "$ref", "$defs", "examples"} & node.keys()
                assert not isinstance(node.get("type"), list)


def nodes(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The schema and all schemas in it."""
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    inner += [schema[key] for key in ("items", "additionalProperties") if schema.get(key)]
    return [schema, *(each for node in inner for each in nodes(node))]
