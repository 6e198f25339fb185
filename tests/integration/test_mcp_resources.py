"""The documents of a session, read by the SDK's client over stdio and HTTP, in both eras."""

from __future__ import annotations

import json
import socket
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import jsonschema
import pytest
from fixtures.waiting import wait_until
from fixtures.warm_stack import Command
from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters
from mcp.types import ResourceTemplateReference

ERAS = ["legacy", "2026-07-28"]
NOT_FOUND = {"legacy": -32002, "2026-07-28": -32602}
SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"
DOCUMENTS = ["report", "findings", "patch", "sarif", "log"]

Server = StdioServerParameters | str


@pytest.fixture(scope="module")
def session_id(warm: Command, tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("workspace")
    (root / "a.py").write_text("import os\n")
    found: str = warm("run", root, "--format", "json").json["session_id"]
    return found


@pytest.fixture(scope="module")
def http(warm: Command) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = warm.start("serve", "--transport", "http", "--port", f"{port}")
    try:
        wait_until(lambda: _is_up(port), timeout=60, message="the server answers")
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        server.terminate()
        server.communicate(timeout=30)


@pytest.fixture(params=["stdio", "http"])
def server(request: pytest.FixtureRequest, warm: Command) -> Server:
    if request.param == "http":
        url: str = request.getfixturevalue("http")
        return url
    return StdioServerParameters(command=warm.program, args=["serve"], env=dict(warm.environment))


@pytest.mark.parametrize("era", ERAS)
def test_a_client_finds_and_reads_every_document(server: Server, era: str, session_id: str) -> None:
    async def talk(client: Client) -> None:
        base = f"pipeline://sessions/{session_id}"
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
    http: str, era: str, session_id: str
) -> None:
    async def talk(client: Client) -> None:
        for uri, said in [
            ("pipeline://sessions/pipeline-1-00000000/report", "No session is called"),
            (f"pipeline://sessions/{session_id}/patch", "has no patch"),
            (f"pipeline://sessions/{session_id}/diary", "Unknown resource"),
            ("pipeline://sessions/..%2F..%2Fetc/report", "Unknown resource"),
        ]:
            with pytest.raises(MCPError) as refused:
                await client.read_resource(uri)
            assert refused.value.error.code == NOT_FOUND[era], uri
            assert said in refused.value.error.message
            assert refused.value.error.data == {"uri": uri}
        with pytest.raises(MCPError, match="cursor"):
            await client.read_resource(f"pipeline://sessions/{session_id}/log?cursor=x")

    _run(http, era, talk)


@pytest.mark.parametrize("era", ERAS)
def test_ids_and_tools_are_completed(http: str, era: str, session_id: str) -> None:
    async def talk(client: Client) -> None:
        report = ResourceTemplateReference(uri="pipeline://sessions/{id}/report")
        found = await client.complete(report, {"name": "id", "value": session_id[:-3]})
        assert found.completion.values == [session_id]
        sarif = ResourceTemplateReference(uri="pipeline://sessions/{id}/sarif{?tool}")
        tools = await client.complete(
            sarif, {"name": "tool", "value": "ru"}, context_arguments={"id": session_id}
        )
        assert "ruff" in tools.completion.values
        assert all(name.startswith("ru") for name in tools.completion.values)

    _run(http, era, talk)


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


def _is_up(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
