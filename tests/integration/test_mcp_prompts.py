"""The prompts, asked for by the SDK's client in both eras: real facts and clear refusals."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError
from mcp.types import INVALID_PARAMS, PromptReference

ERAS = ["legacy", "2026-07-28"]


@pytest.mark.parametrize("era", ERAS)
def test_each_prompt_carries_the_facts_of_a_session(
    warm_server: str, era: str, warm_session: str
) -> None:
    async def talk(client: Client) -> None:
        listed = (await client.list_prompts()).prompts
        assert [(one.name, one.title) for one in listed] == [
            ("fix_my_findings", "Fix my findings"),
            ("review_change_risk", "Review this change's risk"),
            ("explain_rule", "Explain this rule"),
        ]
        assert all(one.description for prompt in listed for one in prompt.arguments or ())
        fixing = await _text(client, "fix_my_findings", session_id=warm_session)
        assert f"session {warm_session}, failed" in fixing
        assert '"path": "a.py"' in fixing and "F401" in fixing
        assert "no new finding in b.py" in await _text(
            client, "fix_my_findings", session_id=warm_session, path="b.py"
        )
        risk = await _text(client, "review_change_risk", base="origin/main")
        assert "git diff --stat origin/main...HEAD" in risk
        rule = await _text(client, "explain_rule", tool="ruff", rule="F401")
        assert "https://docs.astral.sh/ruff" in rule
        tools = {tool.name for tool in (await client.list_tools()).tools}
        for text in (fixing, risk, rule):
            named = set(re.findall(r"[Cc]all `([a-z_]+)`", text))
            assert named <= tools, "a prompt names tools of this server alone"

    _run(warm_server, era, talk)


@pytest.mark.parametrize("era", ERAS)
def test_a_wrong_argument_is_refused_with_what_to_send(warm_server: str, era: str) -> None:
    async def talk(client: Client) -> None:
        for name, arguments, said in [
            ("explain_rule", {"tool": "rough", "rule": "F401"}, "ruff"),
            ("explain_rule", {"tool": "ruff"}, "rule is missing"),
            ("review_change_risk", {"base": "--output=x"}, "base"),
            ("fix_my_findings", {"session_id": "nope"}, "No session is called 'nope'"),
            ("write_a_poem", {}, "fix_my_findings"),
        ]:
            with pytest.raises(MCPError) as refused:
                await client.get_prompt(name, arguments)
            assert refused.value.error.code == INVALID_PARAMS
            assert said in refused.value.error.message

    _run(warm_server, era, talk)


def test_arguments_are_completed(warm_server: str, warm_session: str) -> None:
    async def talk(client: Client) -> None:
        async def complete(prompt: str, name: str, value: str, **known: str) -> list[str]:
            found = await client.complete(
                PromptReference(name=prompt),
                {"name": name, "value": value},
                context_arguments=known,
            )
            values: list[str] = found.completion.values
            return values

        assert await complete("explain_rule", "tool", "ru") == ["ruff", "ruff-format"]
        assert "F401" in await complete("explain_rule", "rule", "F4", tool="ruff")
        assert await complete("fix_my_findings", "path", "a", session_id=warm_session) == ["a.py"]
        assert warm_session in await complete("fix_my_findings", "session_id", "pipeline-")
        with pytest.raises(MCPError) as refused:
            await complete("write_a_poem", "topic", "")
        assert refused.value.error.code == INVALID_PARAMS

    _run(warm_server, "2026-07-28", talk)


def _run(server: str, era: str, talk: Callable[[Client], Any]) -> None:
    async def main() -> None:
        async with Client(server, mode=era) as client:
            await talk(client)

    anyio.run(main)


async def _text(client: Client, name: str, **arguments: str) -> str:
    [message] = (await client.get_prompt(name, arguments)).messages
    assert message.role == "user"
    text: str = message.content.text
    return text
