"""What each token may call, what is offered, what a person confirms, and what is written down."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from fixtures.requirements import require
from fixtures.state import read_settings_anew
from fixtures.web_server import Serve, a_session, client_of, talk, texts
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError
from mcp.types import ElicitResult

from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.server.access.offer import Offer
from pipeline_mcp.server.access.tokens import create
from pipeline_mcp.server.served import Effect
from pipeline_mcp.server.tools import SERVED
from pipeline_mcp.sessions.audit import entries
from pipeline_mcp.sessions.follow import view

ERAS = ["legacy", "2026-07-28"]
ALL = {tool.name for tool in SERVED}
READERS = {tool.name for tool in SERVED if tool.effect is Effect.READS or tool.changing}


async def _names(client: Client) -> set[str]:
    return {tool.name for tool in (await client.list_tools()).tools}


def listed(url: str, token: str = "", **headers: str) -> set[str]:
    """The tools that such a client sees."""

    async def look() -> set[str]:
        async with client_of(url, token, headers=headers) as client:
            return await _names(client)

    return anyio.run(look)


def called(url: str, tool: str, arguments: Any = None, token: str = "", **headers: str) -> str:
    """The error that such a client gets."""

    async def call() -> str:
        async with client_of(url, token, headers=headers) as client:
            answer = await client.call_tool(tool, arguments or {})
            assert answer.is_error
            return texts(answer)

    return anyio.run(call)


def calls(**chosen: Any) -> list[tuple[str, str, str | None]]:
    """Who called what with which outcome, oldest first."""
    page, _ = entries(limit=100, **chosen)
    return [
        (entry.principal, entry.facts["outcome"], entry.session_id)
        for entry in reversed(page)
        if entry.action == "call"
    ]


@pytest.mark.parametrize("scope", AccessScope)
def test_a_token_sees_what_its_scope_allows(scope: AccessScope, serve: Serve) -> None:
    url = serve(methods=("tokens",))
    allowed = {tool.name for tool in SERVED if scope in (tool.scope, AccessScope.ADMIN)}
    assert listed(url, create("ci", [scope])[1]) == allowed


@pytest.mark.parametrize(
    "tool", [tool for tool in SERVED if tool.scope != "read"], ids=lambda tool: tool.name
)
def test_without_its_scope_no_tool_runs(tool: Any, serve: Serve) -> None:
    url = serve(methods=("tokens",))
    token = create("reader", [AccessScope.READ])[1]
    # Refused before the arguments are looked at: nobody learns the tool from its complaints.
    said = called(url, tool.name, {"nonsense": 1}, token)
    assert said.startswith(f"{tool.name} needs the scope {tool.scope}; this token has read.")
    if tool.changes({}):
        assert calls() == [("reader", "refused", None)]


def test_by_default_everything_is_offered_and_that_is_not_too_much(serve: Serve) -> None:
    assert listed(serve()) == ALL
    assert len(ALL) <= 20


def test_a_read_only_server_offers_nothing_that_changes(serve: Serve) -> None:
    url = serve(offer=Offer(read_only=True))
    assert listed(url) == READERS
    said = called(url, "session_cancel", {"session_id": "x"})
    assert said == (
        "session_cancel is not offered: it changes something, and --read-only or "
        "PIPELINE_READ_ONLY allows only to read."
    )
    assert listed(url, **{"X-Pipeline-Read-Only": "false"}) == READERS


def test_a_client_asks_for_less_by_header_and_never_gets_more(serve: Serve) -> None:
    of_sessions = {tool.name for tool in SERVED if tool.toolset == "sessions"}
    url = serve(offer=Offer(toolsets=frozenset({"sessions"})))
    assert listed(url) == of_sessions
    assert listed(url, **{"X-Pipeline-Read-Only": "true"}) == of_sessions & READERS
    assert listed(url, **{"X-Pipeline-Toolsets": "sessions,pipeline"}) == of_sessions
    assert listed(url, **{"X-Pipeline-Toolsets": "pipeline"}) == set()
    said = called(url, "pipeline_run_full", **{"X-Pipeline-Toolsets": "pipeline"})
    assert "it belongs to the toolset pipeline, and X-Pipeline-Toolsets" in said
    assert "--toolsets or PIPELINE_TOOLSETS" in called(url, "pipeline_run_full")


def test_over_stdio_flags_and_variables_say_what_is_offered(state_dir: Path) -> None:
    environment = {**os.environ, "PIPELINE_READ_ONLY": "true"}
    arguments = ["serve", "--toolsets", "sessions"]
    command = StdioServerParameters(
        command=require("pipeline-mcp"), args=arguments, env=environment
    )

    async def look() -> set[str]:
        async with Client(command, mode="2026-07-28") as client:
            return await _names(client)

    of_sessions = {tool.name for tool in SERVED if tool.toolset == "sessions"}
    assert anyio.run(look) == of_sessions & READERS


@pytest.mark.parametrize(
    ("header", "value", "said"),
    [
        ("X-Pipeline-Toolsets", "session", "no toolset is called 'session'"),
        ("X-Pipeline-Read-Only", "perhaps", "say true or false"),
    ],
)
def test_a_header_that_means_nothing_is_told(
    header: str, value: str, said: str, serve: Serve
) -> None:
    async def look() -> None:
        async with client_of(serve(), headers={header: value}) as client:
            with pytest.raises(MCPError, match=said):
                await client.list_tools()

    anyio.run(look)


def cancelled_by(
    url: str, token: str, session_id: str, era: str, answer: ElicitResult | None
) -> tuple[Any, list[str]]:
    """What comes of a cancellation whose question is answered so, and what was asked."""
    asked: list[str] = []

    async def on_question(_ctx: Any, params: Any) -> ElicitResult:
        assert answer is not None
        asked.append(params.message)
        return answer

    async def cancel() -> Any:
        options = {} if answer is None else {"elicitation_callback": on_question}
        async with client_of(url, token, era=era, **options) as client:
            return await client.call_tool("session_cancel", {"session_id": session_id})

    return anyio.run(cancel), asked


YES = ElicitResult(action="accept", content={"confirm": True})
NO = [
    ElicitResult(action="accept", content={"confirm": False}),
    ElicitResult(action="decline"),
    ElicitResult(action="cancel"),
]


@pytest.fixture
def anna(serve: Serve) -> tuple[str, str, str]:
    """A server, anna's token and a session of hers."""
    token = create("anna", [AccessScope.READ, AccessScope.RUN])[1]
    return serve(methods=("tokens",)), token, a_session("anna")


@pytest.mark.parametrize("era", ERAS)
def test_a_person_confirms_what_destroys_something(era: str, anna: tuple[str, str, str]) -> None:
    answer, asked = cancelled_by(*anna, era, YES)
    assert not answer.is_error
    assert asked == [f"End the session {anna[2]} now? What it has not finished is lost."]
    assert view(anna[2]).status is SessionStatus.CANCELLED
    assert calls() == [("anna", "done", anna[2])]


@pytest.mark.parametrize("no", NO, ids=lambda no: f"{no.action} {no.content}")
@pytest.mark.parametrize("era", ERAS)
def test_nothing_is_done_without_a_yes(
    era: str, no: ElicitResult, anna: tuple[str, str, str]
) -> None:
    answer, asked = cancelled_by(*anna, era, no)
    assert answer.is_error
    assert "Nothing was done" in texts(answer)
    assert len(asked) == 1
    assert view(anna[2]).status is SessionStatus.QUEUED
    assert calls() == [("anna", "declined", anna[2])]


@pytest.mark.parametrize("era", ERAS)
def test_a_client_that_cannot_ask_is_not_held_up(era: str, anna: tuple[str, str, str]) -> None:
    assert not cancelled_by(*anna, era, None)[0].is_error
    assert view(anna[2]).status is SessionStatus.CANCELLED


def test_nobody_is_asked_where_that_is_switched_off(
    anna: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_CONFIRM", "false")
    read_settings_anew()
    answer, asked = cancelled_by(*anna, "2026-07-28", YES)
    assert not answer.is_error
    assert asked == []


def test_nobody_is_asked_about_a_session_of_somebody_else(anna: tuple[str, str, str]) -> None:
    answer, asked = cancelled_by(anna[0], anna[1], a_session("bert"), "2026-07-28", YES)
    assert "No session is called" in texts(answer)
    assert asked == []


def test_every_tool_that_overwrites_something_asks() -> None:
    asking = {tool.name for tool in SERVED if "confirmation" in tool.as_sdk_tool().resolved_params}
    assert asking == {tool.name for tool in SERVED if tool.effect.value.destructive_hint}


def test_the_audit_says_who_did_what_and_what_came_of_it(anna: tuple[str, str, str]) -> None:
    url, token, mine = anna
    theirs = a_session("bert")

    async def work(client: Client) -> None:
        await client.call_tool("session_cancel", {"session_id": theirs})
        await client.call_tool("session_cancel", {"session_id": mine})
        await client.call_tool("pipeline_status", {"session_id": mine})

    talk(url, token, work)
    assert calls() == [("anna", "error", theirs), ("anna", "done", mine)]
    assert calls(session_id=mine) == [("anna", "done", mine)]
    facts = entries(limit=1, session_id=theirs)[0][0].facts
    assert facts["tool"] == "session_cancel"
    assert facts["arguments"] == {"session_id": theirs}
    assert "No session is called" in facts["reason"]
    assert {entry.principal for entry in entries(limit=10, session_id=mine)[0]} == {"anna"}


def test_serving_to_other_machines_needs_to_know_who_calls(pipeline: Callable[..., Any]) -> None:
    for arguments, said in (
        (("--host", "0.0.0.0"), "callers are not asked who they are"),
        (("--host", "0.0.0.0", "--auth", "none"), "callers are not asked who they are"),
        (("--auth", "jwt"), "PIPELINE_AUTH__ISSUER"),
        (("--auth", "jwt,introspection"), "choose jwt or introspection"),
        (("--auth", "passwords"), "--auth"),
        (("--toolsets", "everything"), "no toolset is called 'everything'"),
    ):
        refused = pipeline("serve", "--transport", "http", *arguments)
        assert refused.exit_code == 2
        assert said in refused.stderr
