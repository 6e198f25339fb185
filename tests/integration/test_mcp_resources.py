"""The documents of a session, read by the SDK's client over stdio and HTTP, in both eras."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import jsonschema
import pytest
from fixtures.warm_stack import Command
from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters
from mcp.types import ResourceTemplateReference

ERAS = ["legacy", "2026-07-28"]
NOT_FOUND = {"legacy": -32002, "2026-07-28": -32602}
SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"
DOCUMENTS = ["report", "findings", "patch", "sarif", "log"]

Server = StdioServerParameters | str


@pytest.fixture(params=["stdio", "http"])
def server(request: pytest.FixtureRequest, warm: Command) -> Server:
    if request.param == "http":
        url: str = request.getfixturevalue("warm_server")
        return url
    return StdioServerParameters(command=warm.program, args=["serve"], env=dict(warm.environment))


@pytest.mark.parametrize("era", ERAS)
def test_a_client_finds_and_reads_every_document(
    server: Server, era: str, warm_session: str
) -> None:
    async def talk(client: Client) -> None:
        base = f"pipeline://sessions/{warm_session}"
        templates = (await client.list_resource_templates()).resource_templates
        assert [one.name for one in templates] == [f"session_{name}" for name in DOCUMENTS]
        assert all(one.title and one.description and one.annotations for one in templates)
        listed = {f"{one.uri}": one for one in (await client.list_resources()).resources}
        assert "failed" in (listed[f"{base}/report"].title or "")
        report = json.loads(await _text(client, f"{base}/report", "application/json"))
        jsonschema.validate(report, json.loads(SCHEMA.read_text()))
        findings = json.loads(await _text(client, f"{base}/findings", "application/json"))
        assert findings["findings"] == report["findings"]
        assert "F401" in [one["rule"] for one in findings["findings"]]
        sarif = json.loads(await _text(client, f"{base}/sarif?tool=ruff", "application/sarif+json"))
        assert [run["tool"]["driver"]["name"] for run in sarif["runs"]] == ["ruff", "pipeline-mcp"]
        log = (await _text(client, f"{base}/log", "text/plain")).splitlines()
        assert " accepted" in log[0] and " finished: status=failed" in log[-1]
        assert any("unit ended" in line and "tool=ruff" in line for line in log)

    _run(server, era, talk)


@pytest.mark.parametrize("era", ERAS)
def test_what_is_not_there_is_said_in_the_number_of_the_revision(
    warm_server: str, era: str, warm_session: str
) -> None:
    async def talk(client: Client) -> None:
        for uri, said in [
            ("pipeline://sessions/pipeline-1-00000000/report", "No session is called"),
            (f"pipeline://sessions/{warm_session}/patch", "has no patch"),
            (f"pipeline://sessions/{warm_session}/diary", "Unknown resource"),
            ("pipeline://sessions/..%2F..%2Fetc/report", "Unknown resource"),
        ]:
            with pytest.raises(MCPError) as refused:
                await client.read_resource(uri)
            assert refused.value.error.code == NOT_FOUND[era], uri
            assert said in refused.value.error.message
            assert refused.value.error.data == {"uri": uri}
        with pytest.raises(MCPError, match="cursor"):
            await client.read_resource(f"pipeline://sessions/{warm_session}/log?cursor=x")

    _run(warm_server, era, talk)


@pytest.mark.parametrize("era", ERAS)
def test_ids_and_tools_are_completed(warm_server: str, era: str, warm_session: str) -> None:
    async def talk(client: Client) -> None:
        report = ResourceTemplateReference(uri="pipeline://sessions/{id}/report")
        found = await client.complete(report, {"name": "id", "value": warm_session[:-3]})
        assert found.completion.values == [warm_session]
        sarif = ResourceTemplateReference(uri="pipeline://sessions/{id}/sarif{?tool}")
        tools = await client.complete(
            sarif, {"name": "tool", "value": "ru"}, context_arguments={"id": warm_session}
        )
        assert "ruff" in tools.completion.values
        assert all(name.startswith("ru") for name in tools.completion.values)

    _run(warm_server, era, talk)


def _run(server: Server, era: str, talk: Callable[[Client], Any]) -> None:
    async def main() -> None:
        async with Client(server, mode=era) as client:
            await talk(client)

    anyio.run(main)


async def _text(client: Client, uri: str, mime_type: str) -> str:
    """The document, which must be marked as the repository's words."""
    [content] = (await client.read_resource(uri)).contents
    assert content.mime_type == mime_type
    assert content.meta and "pipeline-mcp/untrusted" in content.meta
    text: str = content.text
    return text
