"""Calls of the tools that only read: good ones, and wrong ones that must be refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

from mcp.types import INVALID_PARAMS

from pipeline_mcp.server.compliance.exchange import Answer, Exchange
from pipeline_mcp.server.compliance.listing import Tool, result_problem
from pipeline_mcp.server.compliance.verdict import Verdict

NOT_A_TOOL = "no_such_tool_for_compliance"
_NOT_A_PARAMETER = "no_such_parameter"
_SAME_TWICE = "Answer with the structured content as text too, for clients that show only that."
_REFUSE = "Refuse wrong arguments with a sentence that names the argument."

WrongCall = tuple[str, dict[str, Any], str]


def only_read(tools: list[Tool], *, but: str) -> list[Tool]:
    """The tools that may be called just to see: they change nothing, and `but` would not end."""
    return [
        tool
        for tool in tools
        if (tool.get("annotations") or {}).get("readOnlyHint") is True and tool.get("name") != but
    ]


async def good_calls(exchange: Exchange, tools: list[Tool]) -> AsyncIterator[Verdict]:
    """Call each tool that needs no argument, and judge what it gives."""
    for tool in tools:
        if _schema(tool).get("required"):
            continue
        answer = await exchange.call(tool["name"], {})
        problem = _good_problem(tool, answer)
        said = f"{tool['name']}: {problem}" if problem else ""
        yield Verdict("good calls are answered", exchange.revision, said, _SAME_TWICE)


async def wrong_calls(exchange: Exchange, tools: list[Tool]) -> AsyncIterator[Verdict]:
    """Call a tool that is not there, and each tool with every kind of wrong argument."""
    answer = await exchange.call(NOT_A_TOOL, {})
    yield _refused(exchange, "an unknown tool is refused", NOT_A_TOOL, answer, NOT_A_TOOL)
    nameless = await exchange.ask("tools/call", {"arguments": {}})
    problem = "" if nameless.code == INVALID_PARAMS else f"answered with code {nameless.code}"
    yield Verdict("a call without a name is refused", exchange.revision, problem)
    for tool in tools:
        for check, arguments, named in _wrong(tool):
            answer = await exchange.call(tool["name"], arguments)
            yield _refused(exchange, check, f"{tool['name']} {arguments}", answer, named)


def _good_problem(tool: Tool, answer: Answer) -> str:
    if answer.code is not None:
        return f"answered with error {answer.code}: {answer.message}"
    if answer.is_tool_error:
        return f"answered with an error: {answer.text}"
    structured = answer.result.get("structuredContent")
    if problem := result_problem(tool, structured):
        return problem
    if structured is None:
        return ""
    try:
        is_same = json.loads(answer.text) == structured
    except ValueError:
        is_same = False
    return "" if is_same else "text and structured content differ"


def _refused(exchange: Exchange, check: str, call: str, answer: Answer, named: str) -> Verdict:
    """A refusal is an error in the protocol or in the result, and says what it is about."""
    if not answer.is_tool_error and answer.code != INVALID_PARAMS:
        said = "no error" if answer.code is None else f"code {answer.code}"
        return Verdict(check, exchange.revision, f"{call} is answered with {said}", _REFUSE)
    if named not in answer.text:
        return Verdict(check, exchange.revision, f"{call}: the error does not name it", _REFUSE)
    return Verdict(check, exchange.revision)


def _wrong(tool: Tool) -> Iterator[WrongCall]:
    """Arguments with one mistake each, and what the answer must name."""
    schema = _schema(tool)
    required = schema.get("required") or []
    if required:
        yield "a missing argument is refused", {}, required[0]
    else:
        unknown = {_NOT_A_PARAMETER: True}
        yield "an unknown argument is refused", unknown, _NOT_A_PARAMETER
    for name, node in schema.get("properties", {}).items():
        if [each for each in required if each != name]:
            continue  # the answer would be about what is missing
        if "maximum" in node:
            yield "a value out of range is refused", {name: node["maximum"] + 1}, name
        elif "enum" in node:
            yield "a value that is not offered is refused", {name: "no such value"}, name
        elif node.get("type") in ("string", "integer", "number", "boolean", "array"):
            yield "a value of the wrong type is refused", {name: {"wrong": "type"}}, name


def _schema(tool: Tool) -> dict[str, Any]:
    schema = tool.get("inputSchema")
    return schema if isinstance(schema, dict) else {}
