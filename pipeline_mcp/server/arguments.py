"""What is wrong with the arguments of a call, in sentences that say what to send instead."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pipeline_mcp.reporting.sanitise import visible

# What no parameter needs more of, unless its schema names another limit.
MOST_CHARACTERS = 4_096
MOST_ITEMS = 1_000

_SHOWN_CHARACTERS = 60
_SHOWN_PROBLEMS = 10
_KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` Did you mean x?` with the nearest of the known names, or nothing."""
    nearest = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {nearest[0]}?" if nearest else ""


def unknown_tool(name: str, known: list[str]) -> str:
    """What to call instead of a tool that is not there."""
    said = f"No tool is called {visible(name)[:_SHOWN_CHARACTERS]!r}."
    return f"{said}{did_you_mean(name, known)} The tools are: {', '.join(known)}."


def problems_before(tool: str, schema: dict[str, Any], arguments: dict[str, Any]) -> list[str]:
    """What can be said before any conversion: unknown names, and values of an impossible size."""
    known = schema.get("properties", {})
    said = [_unknown(tool, name, known) for name in arguments if name not in known]
    for name, node in known.items():
        value = arguments.get(name)
        said += _oversized(name, value, node)
        # To pydantic true is 1.
        if isinstance(value, bool) and node.get("type") in ("integer", "number"):
            said.append(f"{name} cannot be {_shown(value)}: {_instead(node)}")
    return said[:_SHOWN_PROBLEMS]


def problems_in(error: ValidationError, tool: str, schema: dict[str, Any]) -> list[str]:
    """One sentence for each place that pydantic refuses."""
    by_place: dict[str, str] = {}
    for problem in error.errors(include_url=False, include_context=False):
        place = _place(problem["loc"])
        by_place.setdefault(place, _sentence(problem, place, tool, schema))
    return list(by_place.values())[:_SHOWN_PROBLEMS]


def _sentence(problem: ErrorDetails, place: str, tool: str, schema: dict[str, Any]) -> str:
    way = problem["loc"]
    if problem["type"] == "extra_forbidden":
        owner = _node(schema, way[:-1])
        return _unknown(_place(way[:-1]) or tool, f"{way[-1]}", owner.get("properties", {}))
    if problem["type"] == "missing":
        return f"{place} is missing: {_instead(_node(schema, way))}"
    return f"{place} cannot be {_shown(problem['input'])}: {_instead(_node(schema, way))}"


def _node(schema: dict[str, Any], way: Iterable[int | str]) -> dict[str, Any]:
    """The schema of what is found that way; of nothing, an empty one."""
    node = schema
    for part in way:
        inner = node.get("items", {}) if isinstance(part, int) else node.get("properties", {})
        node = inner if isinstance(part, int) else inner.get(part, {})
        node = _plain(schema, node)
    return node


def _plain(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The node without references and without null: what there is to send."""
    branches = [each for each in node.get("anyOf", ()) if each != {"type": "null"}]
    if len(branches) == 1:
        node = branches[0] | {key: value for key, value in node.items() if key != "anyOf"}
    if "$ref" in node:
        name = node["$ref"].removeprefix("#/$defs/")
        node = schema.get("$defs", {}).get(name, {}) | node
    return node


def _unknown(tool: str, name: str, known: dict[str, Any]) -> str:
    takes = ", ".join(known) if known else "no parameters"
    said = f"{visible(name)[:_SHOWN_CHARACTERS]} is no parameter of {tool}."
    return f"{said}{did_you_mean(name, known)} It takes: {takes}."


def _oversized(place: str, value: Any, node: dict[str, Any]) -> Iterator[str]:
    if isinstance(value, str):
        most = _limit(node, "maxLength", MOST_CHARACTERS)
        if len(value) > most:
            yield f"{place} has {len(value):,} characters: send at most {most:,}."
        elif "\0" in value or not _is_unicode(value):
            yield f"{place} has a NUL or half a character in it: send plain Unicode text."
    elif isinstance(value, list | dict):
        most = _limit(node, "maxItems", MOST_ITEMS)
        if len(value) > most:
            yield f"{place} has {len(value):,} items: send at most {most:,}."
            return
        pairs = enumerate(value) if isinstance(value, list) else value.items()
        for key, each in pairs:
            yield from _oversized(f"{place}[{_shown(key)}]", each, {})


def _limit(node: dict[str, Any], keyword: str, otherwise: int) -> int:
    named = [each[keyword] for each in (node, *node.get("anyOf", ())) if keyword in each]
    return int(named[0]) if named else otherwise


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _place(way: Iterable[int | str]) -> str:
    """`options.tools[2]`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in way)
    return visible("".join(parts)).removeprefix(".")


def _instead(node: dict[str, Any]) -> str:
    branches = [each for each in node.get("anyOf", ()) if each != {"type": "null"}]
    wanted = " or ".join(_wanted(each) for each in branches or [node])
    default = node.get("default")
    examples = node.get("examples") or ([] if default is None else [default])
    return f"send {wanted}{f', for example {_shown(examples[0])}' if examples else ''}."


def _wanted(node: dict[str, Any]) -> str:
    if "enum" in node:
        return f"one of {', '.join(map(str, node['enum']))}"
    kind = _KINDS.get(node.get("type", ""), "a value")
    if node.get("type") == "array":
        kind = f"a list, each item {_wanted(node.get('items', {}))}"
    return f"{kind}{_range(node)}"


def _range(node: dict[str, Any]) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if "maxLength" in node:
        return f" of at most {node['maxLength']} characters"
    if "pattern" in node:
        return f" that matches {node['pattern']}"
    return "" if low is None else f" of at least {low}"


def _shown(value: Any) -> str:
    text = visible(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
