"""A tool of the SDK that says of wrong arguments what to send instead, and answers compactly."""

from __future__ import annotations

from typing import Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.tools import Tool
from pydantic import PrivateAttr, ValidationError

from pipeline_mcp.server.arguments import problems_before, problems_in
from pipeline_mcp.server.envelope import Envelope
from pipeline_mcp.server.schema import OUTPUT_SCHEMA, input_schema


class CheckedTool(Tool):
    """Shows the compact schemas of `server.schema`; what it raises is sufficient alone."""

    parameters: dict[str, Any]
    # As pydantic makes it, with examples: what the sentences about a mistake are made of.
    _generated: dict[str, Any] = PrivateAttr(default_factory=dict)

    def model_post_init(self, context: Any, /) -> None:
        """Take over what `from_function` has made."""
        super().model_post_init(context)
        self._generated = self.parameters
        self.parameters = input_schema(self._generated)
        self.fn_metadata.output_schema = OUTPUT_SCHEMA

    async def run(
        self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False
    ) -> Any:
        """Call the function.

        Raises:
            ToolError: a sentence for each wrong argument, or what the function says is wrong.
        """
        self._check(arguments)
        try:
            result = await super().run(arguments, context)
        except UnexpectedToolError as error:
            raise UnexpectedToolError(
                f"{self.name} failed by a mistake of this program, which is in the server's log. "
                "Try again; if that fails too, report it."
            ) from error.__cause__
        except ToolError as error:
            # The SDK puts the name of the tool in front; who calls knows what he has called.
            raise ToolError(str(error.__cause__ or error)) from error.__cause__
        return result.as_result() if convert_result and isinstance(result, Envelope) else result

    def _check(self, arguments: dict[str, Any]) -> None:
        problems = problems_before(self.name, self._generated, arguments)
        if not problems:
            try:
                self.fn_metadata.validate_arguments(arguments)
            except ValidationError as error:
                problems = problems_in(error, self.name, self._generated)
        if problems:
            raise ToolError("\n".join(problems))
