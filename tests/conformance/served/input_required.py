"""Tools of the suite that ask by an incomplete result, as revision 2026-07-28 does it."""

from __future__ import annotations

import json
from typing import Any

from mcp import MCPError
from mcp.server.mcpserver import Context
from mcp.types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequest,
    InputRequiredResult,
    ListRootsRequest,
    ListRootsResult,
    SamplingMessage,
    TextContent,
)

Answer = str | InputRequiredResult


def elicit(message: str, **properties: str) -> ElicitRequest:
    """A form with required fields of these types: `elicit("Who?", name="string")`."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: {"type": type_} for name, type_ in properties.items()},
        "required": list(properties),
    }
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def elicited(ctx: Context[Any, Any], key: str) -> dict[str, Any] | None:
    """What the user filled into the form of that key, if it has been answered as it should."""
    answer = (ctx.input_responses or {}).get(key)
    return answer.content if isinstance(answer, ElicitResult) else None


def _sample(prompt: str, max_tokens: int) -> CreateMessageRequest:
    message = SamplingMessage(role="user", content=TextContent(text=prompt))
    return CreateMessageRequest(
        params=CreateMessageRequestParams(messages=[message], max_tokens=max_tokens)
    )


def _confirm(state: str) -> InputRequiredResult:
    request = elicit("Please confirm", ok="boolean")
    return InputRequiredResult(input_requests={"confirm": request}, request_state=state)


async def test_input_required_result_elicitation(ctx: Context[Any, Any]) -> Answer:
    """Ask the user for a name."""
    if form := elicited(ctx, "user_name"):
        return f"Hello, {form.get('name')}!"
    asked = elicit("What is your name?", name="string")
    return InputRequiredResult(input_requests={"user_name": asked})


async def test_input_required_result_sampling(ctx: Context[Any, Any]) -> Answer:
    """Ask the client's model for a capital."""
    answer = (ctx.input_responses or {}).get("capital_question")
    if isinstance(answer, CreateMessageResult) and isinstance(answer.content, TextContent):
        return f"The model said: {answer.content.text}"
    asked = _sample("What is the capital of France?", 100)
    return InputRequiredResult(input_requests={"capital_question": asked})


async def test_input_required_result_list_roots(ctx: Context[Any, Any]) -> Answer:
    """Ask the client for its roots."""
    answer = (ctx.input_responses or {}).get("client_roots")
    if isinstance(answer, ListRootsResult):
        return f"The client has {len(answer.roots)} roots."
    return InputRequiredResult(input_requests={"client_roots": ListRootsRequest()})


async def test_input_required_result_request_state(ctx: Context[Any, Any]) -> Answer:
    """Ask, and know from the state that comes back that one has asked."""
    if elicited(ctx, "confirm") and ctx.request_state == "asked":
        return "state-ok"
    return _confirm("asked")


async def test_input_required_result_tampered_state(ctx: Context[Any, Any]) -> Answer:
    """Take no state that is not the server's own; the server sees to that."""
    return "state-ok" if ctx.request_state else _confirm("untouched")


async def test_input_required_result_multiple_inputs(ctx: Context[Any, Any]) -> Answer:
    """Ask the user, the model and the client at once."""
    asked: dict[str, InputRequest] = {
        "user_name": elicit("What is your name?", name="string"),
        "greeting": _sample("Generate a greeting", 50),
        "client_roots": ListRootsRequest(),
    }
    if asked.keys() <= (ctx.input_responses or {}).keys():
        return "All inputs received."
    return InputRequiredResult(input_requests=asked, request_state="asked")


async def test_input_required_result_multi_round(ctx: Context[Any, Any]) -> Answer:
    """Ask for a name, and then for a colour."""
    state = json.loads(ctx.request_state) if ctx.request_state else {}
    if "name" in state and (colour := elicited(ctx, "step2")):
        return f"{state['name']} likes {colour.get('color')}."
    if state and (form := elicited(ctx, "step1")):
        asked = elicit("Step 2: What is your favorite color?", color="string")
        known = json.dumps({"name": form.get("name")})
        return InputRequiredResult(input_requests={"step2": asked}, request_state=known)
    asked = elicit("Step 1: What is your name?", name="string")
    return InputRequiredResult(input_requests={"step1": asked}, request_state='{"round": 1}')


async def test_input_required_result_capabilities(ctx: Context[Any, Any]) -> Answer:
    """Ask only what the client has said that it can answer."""
    can = ctx.client_capabilities
    asked: dict[str, InputRequest] = {}
    if can and can.sampling is not None:
        asked["greeting"] = _sample("Say hello", 50)
    if can and can.elicitation is not None:
        asked["user_name"] = elicit("What is your name?", name="string")
    return InputRequiredResult(input_requests=asked, request_state="asked")


async def test_streaming_elicitation(ctx: Context[Any, Any]) -> Answer:
    """Report progress on the stream of the answer, and then ask."""
    await ctx.report_progress(1, 2, "about to ask")
    return await test_input_required_result_elicitation(ctx)


async def test_missing_capability(ctx: Context[Any, Any]) -> str:
    """Refuse a client that has no model."""
    can = ctx.client_capabilities
    if can is None or can.sampling is None:
        raise MCPError(
            MISSING_REQUIRED_CLIENT_CAPABILITY,
            "This tool needs a client with the capability 'sampling'",
            {"requiredCapabilities": {"sampling": {}}},
        )
    return "The client has a model."


TOOLS = (
    test_input_required_result_elicitation,
    test_input_required_result_sampling,
    test_input_required_result_list_roots,
    test_input_required_result_request_state,
    test_input_required_result_tampered_state,
    test_input_required_result_multiple_inputs,
    test_input_required_result_multi_round,
    test_input_required_result_capabilities,
    test_streaming_elicitation,
    test_missing_capability,
)
