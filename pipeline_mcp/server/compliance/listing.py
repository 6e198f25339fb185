"""The list of tools: names, texts, hints and schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.validators import validator_for

from pipeline_mcp.server.compliance.exchange import Exchange
from pipeline_mcp.server.compliance.verdict import Verdict

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
# What clients cut descriptions at.
_MOST_BYTES = 2_048
_HINTS = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
# A list of more pages than this never ends.
_MOST_PAGES = 100

Tool = dict[str, Any]


async def listed(exchange: Exchange) -> tuple[list[Tool], Verdict]:
    """All tools, page by page, and whether they could be listed."""
    tools: list[Tool] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        answer = await exchange.ask("tools/list", {"cursor": cursor} if cursor else {})
        if answer.code is not None or not isinstance(answer.result.get("tools"), list):
            said = f"tools/list is answered with {answer.code}: {answer.message}"
            return tools, Verdict("tools are listed", exchange.revision, said)
        tools += answer.result["tools"]
        cursor = answer.result.get("nextCursor")
        if not cursor:
            return tools, Verdict("tools are listed", exchange.revision)
    said = f"the list has not ended after {_MOST_PAGES} pages"
    return tools, Verdict("tools are listed", exchange.revision, said)


def described(tools: list[Tool], revision: str) -> Iterator[Verdict]:
    """A verdict for each tool: whether a client can show it and knows what it may do."""
    names = [str(tool.get("name")) for tool in tools]
    for tool, name in zip(tools, names, strict=True):
        problem = ""
        if not _NAME.fullmatch(name):
            problem = f"{name!r} is no name that every client takes"
        elif names.count(name) > 1:
            problem = f"{name} is listed {names.count(name)} times"
        elif not 0 < len(str(tool.get("description") or "").encode()) <= _MOST_BYTES:
            problem = f"{name} has no description of at most {_MOST_BYTES} bytes"
        elif missing := [hint for hint in _HINTS if hint not in (tool.get("annotations") or {})]:
            problem = f"{name} does not say {', '.join(missing)}"
        yield Verdict("tools are described", revision, problem, _say(name, problem))


def schemas(tools: list[Tool], revision: str) -> Iterator[Verdict]:
    """A verdict for each schema: whether it is one, by its own meta-schema, of an object."""
    for tool in tools:
        for key in ("inputSchema", "outputSchema"):
            if key == "inputSchema" or key in tool:
                problem = _schema_problem(tool.get(key))
                said = f"{tool.get('name')}.{key} {problem}" if problem else ""
                yield Verdict(f"{key} is valid", revision, said, _say(str(tool.get("name")), said))


def result_problem(tool: Tool, structured: Any) -> str:
    """What is wrong with a structured result, by the tool's own schema."""
    if "outputSchema" not in tool:
        return ""
    if structured is None:
        return "the result has no structured content, which its output schema promises"
    schema = tool["outputSchema"]
    errors = validator_for(schema, Draft202012Validator)(schema).iter_errors(structured)
    return next((f"the result is not as its schema says: {each.message}" for each in errors), "")


def _schema_problem(schema: Any) -> str:
    if not isinstance(schema, dict):
        return "is not there"
    if schema.get("type") != "object":
        return "is not the schema of an object"
    try:
        validator_for(schema, Draft202012Validator).check_schema(schema)
    except SchemaError as error:
        return f"is no JSON Schema: {error.message}"
    return ""


def _say(name: str, problem: str) -> str:
    return f"Correct how {name} is listed." if problem else ""
