"""Tools of the suite that ask their client in mid-call, as revision 2025-11-25 does it."""

from __future__ import annotations

from typing import Any

from mcp.server.mcpserver import Context
from mcp.types import SamplingMessage, TextContent
from pydantic import BaseModel, Field


class _Person(BaseModel):
    username: str = Field(description="User's response")
    email: str = Field(description="User's email address")


class _Defaults(BaseModel):
    """A default for every primitive type."""

    name: str = "John Doe"
    age: int = 30
    score: float = 95.5
    status: str = Field("active", json_schema_extra={"enum": ["active", "inactive", "pending"]})
    verified: bool = True


def _titled(**titles: str) -> list[Any]:
    return [{"const": value, "title": title} for value, title in titles.items()]


class _Choices(BaseModel):
    """Every way to offer a choice; the names are the suite's."""

    untitledSingle: str = Field(json_schema_extra={"enum": ["option1", "option2", "option3"]})  # noqa: N815
    titledSingle: str = Field(json_schema_extra={"oneOf": _titled(value1="First", value2="Second")})  # noqa: N815
    legacyEnum: str = Field(  # noqa: N815
        json_schema_extra={"enum": ["opt1", "opt2"], "enumNames": ["One", "Two"]}
    )
    untitledMulti: list[str] = Field(  # noqa: N815
        json_schema_extra={"items": {"type": "string", "enum": ["option1", "option2"]}}
    )
    titledMulti: list[str] = Field(  # noqa: N815
        json_schema_extra={"items": {"anyOf": _titled(value1="First", value2="Second")}}
    )


async def test_sampling(ctx: Context[Any, Any], prompt: str) -> str:
    """Let the client's model answer the prompt."""
    question = SamplingMessage(role="user", content=TextContent(text=prompt))
    answer = await ctx.session.create_message(
        [question], max_tokens=100, related_request_id=ctx.request_id
    )
    said = answer.content.text if isinstance(answer.content, TextContent) else "no text"
    return f"LLM response: {said}"


async def test_elicitation(ctx: Context[Any, Any], message: str) -> str:
    """Ask the user for a name and an address."""
    return f"User response: {await _elicited(ctx, message, _Person)}"


async def test_elicitation_sep1034_defaults(ctx: Context[Any, Any]) -> str:
    """Ask with a default for every primitive type."""
    return f"Elicitation completed: {await _elicited(ctx, 'Who are you?', _Defaults)}"


async def test_elicitation_sep1330_enums(ctx: Context[Any, Any]) -> str:
    """Ask for choices, in every way in which a schema can offer them."""
    return f"Elicitation completed: {await _elicited(ctx, 'Please choose', _Choices)}"


async def _elicited(ctx: Context[Any, Any], message: str, schema: type[BaseModel]) -> str:
    result = await ctx.elicit(message, schema)
    content = result.data.model_dump_json() if result.action == "accept" else "{}"
    return f"action={result.action}, content={content}"


TOOLS = (
    test_sampling,
    test_elicitation,
    test_elicitation_sep1034_defaults,
    test_elicitation_sep1330_enums,
)
