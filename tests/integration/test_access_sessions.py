"""Sessions are their principal's: somebody else's answers exactly like one that is not there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fixtures.authorization_server import RESOURCE, AuthorizationServer
from fixtures.web_server import Serve, a_session, talk, texts
from mcp import Client
from mcp.shared.exceptions import MCPError

from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.server.access.tokens import create
from pipeline_mcp.server.tools import SERVED
from pipeline_mcp.sessions.follow import view

ERAS = ["legacy", "2026-07-28"]
WORKS = [AccessScope.READ, AccessScope.RUN, AccessScope.FIX]
UNKNOWN = "pipeline-1795557824-00000000"
OF_A_SESSION = [
    tool.name for tool in SERVED if "session_id" in tool.as_sdk_tool().parameters["properties"]
]


@pytest.fixture
def url(serve: Serve) -> str:
    return serve(methods=("tokens",))


@pytest.mark.parametrize("tool", OF_A_SESSION)
def test_no_tool_tells_anothers_session_from_an_unknown_one(tool: str, url: str) -> None:
    theirs = a_session("bert")
    before = view(theirs)

    async def look(client: Client) -> list[str]:
        said = []
        for session_id in (theirs, UNKNOWN):
            answer = await client.call_tool(tool, {"session_id": session_id})
            assert answer.is_error
            said.append(texts(answer).replace(session_id, "ID"))
        return said

    said = talk(url, create("anna", WORKS)[1], look)
    assert said[0] == said[1]
    assert said[0].startswith("No session is called 'ID'.")
    assert view(theirs) == before


@pytest.mark.parametrize("era", ERAS)
def test_one_lists_reads_and_cancels_ones_own(era: str, url: str) -> None:
    mine, theirs = a_session("anna"), a_session("bert")

    async def work(client: Client) -> list[Any]:
        listed = await client.call_tool("pipeline_status", {})
        assert texts(await client.call_tool("pipeline_status", {"session_id": mine}))
        await client.call_tool("session_cancel", {"session_id": mine})
        return [row["session_id"] for row in listed.structured_content["results"]["sessions"]]

    assert talk(url, create("anna", WORKS)[1], work, era) == [mine]
    assert view(mine).status is SessionStatus.CANCELLED
    assert view(theirs).status is SessionStatus.QUEUED


def test_an_administrator_sees_all(url: str) -> None:
    everybodys = {a_session(name) for name in ("anna", "bert", "local")}

    async def look(client: Client) -> set[str]:
        listed = await client.call_tool("pipeline_status", {})
        for session_id in everybodys:
            answer = await client.call_tool("pipeline_status", {"session_id": session_id})
            assert not answer.is_error
        return {row["session_id"] for row in listed.structured_content["results"]["sessions"]}

    assert talk(url, create("root", [AccessScope.ADMIN])[1], look) == everybodys


def test_a_subject_cannot_pass_for_a_token_or_for_this_machine_or_for_another_issuers(
    serve: Serve, authorization_server: AuthorizationServer
) -> None:
    issuer = authorization_server.issuer
    own = a_session(f"{issuer}#anna")
    for name in ("anna", "local", "https://another.example.org#anna"):
        a_session(name)
    url = serve(methods=("jwt", "tokens"), issuer=issuer, resource=RESOURCE)

    async def look(client: Client) -> list[str]:
        listed = await client.call_tool("pipeline_status", {})
        return [row["session_id"] for row in listed.structured_content["results"]["sessions"]]

    assert talk(url, authorization_server.signed(sub="anna"), look) == [own]
    for subject in ("local", "https://another.example.org#anna"):
        assert talk(url, authorization_server.signed(sub=subject), look) == []


def test_the_protocols_own_session_is_not_for_another_token(url: str) -> None:
    """`Mcp-Session-Id` of the revision 2025-11-25."""
    tokens = [create(name, WORKS)[1] for name in ("anna", "bert")]
    start = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }

    def post(token: str, method: str, params: Any, **headers: str) -> httpx2.Response:
        sent = {
            **({"Authorization": f"Bearer {token}"} if token else {}),
            "Accept": "application/json, text/event-stream",
            **headers,
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return httpx2.post(f"{url}/mcp", json=body, headers=sent, timeout=20)

    opened = post(tokens[0], "initialize", start)
    mine = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
    assert post(tokens[0], "ping", {}, **mine).status_code == 200
    refused = post(tokens[1], "ping", {}, **mine)
    unknown = post(tokens[1], "ping", {}, **{"Mcp-Session-Id": "0" * 32})
    assert (refused.status_code, refused.content) == (unknown.status_code, unknown.content)
    assert refused.status_code == 404
    assert post("", "ping", {}, **mine).status_code == 401


def test_prompts_and_resources_need_the_scope_read(url: str) -> None:
    async def look(client: Client) -> str:
        with pytest.raises(MCPError) as refused:
            await client.list_resources()
        return str(refused.value)

    said = talk(url, create("ci", [AccessScope.RUN])[1], look)
    assert said == "resources/list needs the scope read; this token has run."


def test_the_command_line_of_this_machine_sees_all(url: str, pipeline: Callable[..., Any]) -> None:
    everybodys = {a_session(name) for name in ("anna", "local")}
    listed = json.loads(pipeline("sessions", "--format", "json").stdout)
    assert {row["session_id"] for row in listed["sessions"]} == everybodys
