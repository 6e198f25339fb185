"""The suite's resources and prompts."""

from __future__ import annotations

import base64
import json
from typing import Any

from conformance.served.contents import PNG, embedded
from conformance.served.input_required import elicit, elicited
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.prompts.base import Prompt, UserMessage
from mcp.types import ImageContent, InputRequiredResult


def static_text() -> str:
    """Say something."""
    return "This is the content of the static text resource."


def static_binary() -> bytes:
    """Show something."""
    return base64.b64decode(PNG)


def watched() -> str:
    """Be watched."""
    return "Watched resource content"


def template(id: str) -> str:  # noqa: A002 - the parameter's name is the suite's
    """Depend on a parameter."""
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


_RESOURCES = {
    "test://static-text": ("text/plain", static_text),
    "test://static-binary": ("image/png", static_binary),
    "test://watched-resource": ("text/plain", watched),
    "test://template/{id}/data": ("application/json", template),
}


def test_simple_prompt() -> str:
    """Have no arguments."""
    return "This is a simple prompt for testing."


def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
    """Have two arguments."""
    return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"


def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:  # noqa: N803
    """Carry a resource."""
    return [
        UserMessage(embedded(resourceUri, "Embedded resource content for testing.")),
        UserMessage("Please process the embedded resource above."),
    ]


def test_prompt_with_image() -> list[UserMessage]:
    """Carry a picture."""
    return [
        UserMessage(ImageContent(data=PNG, mime_type="image/png")),
        UserMessage("Please analyze the image above."),
    ]


async def test_input_required_result_prompt(
    ctx: Context[Any, Any],
) -> list[UserMessage] | InputRequiredResult:
    """Ask before there is a prompt."""
    if form := elicited(ctx, "user_context"):
        return [UserMessage(f"Use the following context: {form.get('context')}")]
    asked = elicit("What context should the prompt use?", context="string")
    return InputRequiredResult(input_requests={"user_context": asked})


_PROMPTS = (
    test_simple_prompt,
    test_prompt_with_arguments,
    test_prompt_with_embedded_resource,
    test_prompt_with_image,
    test_input_required_result_prompt,
)


def register(server: MCPServer[Any]) -> None:
    """Add the resources and the prompts."""
    for uri, (mime_type, function) in _RESOURCES.items():
        server.resource(uri, mime_type=mime_type)(function)
    for prompt in _PROMPTS:
        server.add_prompt(Prompt.from_function(prompt))
