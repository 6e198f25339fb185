"""The schemas that a tool shows: everything a client must know, and not a byte more."""

from __future__ import annotations

from typing import Any

# The five keys of every answer. What each holds is said once, in the server's instructions:
# whoever reads the list of tools pays for every byte of it, once for each tool.
OUTPUT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["tool", "session_id", "status", "execution_time", "results"],
}

_LISTS = ("anyOf", "oneOf", "allOf")
_NODES = ("items", "additionalProperties")
# Titles repeat the names; examples are for those who err, see `server.arguments`.
_UNSHOWN = ("title", "examples", "$defs")


def input_schema(generated: dict[str, Any]) -> dict[str, Any]:
    """The schema of a tool's arguments from the one that pydantic makes of its parameters.

    Without titles, references and null: a parameter that may be null may as well be left out.
    An argument that it does not name is refused.
    """
    compact = _compact(generated, generated.get("$defs", {}))
    return {"type": "object", **compact, "additionalProperties": False}


def _compact(node: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in node:
        rest = {key: value for key, value in node.items() if key != "$ref"}
        node = definitions[node["$ref"].removeprefix("#/$defs/")] | rest
    small = _without_null(node)
    for key, value in small.items():
        if key == "properties":
            small[key] = {name: _compact(each, definitions) for name, each in value.items()}
        elif key in _LISTS:
            small[key] = [_compact(each, definitions) for each in value]
        elif key in _NODES and isinstance(value, dict):
            small[key] = _compact(value, definitions)
    return small


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    small = {key: value for key, value in node.items() if key not in _UNSHOWN}
    if small.get("default", 0) is None:
        del small["default"]
    branches = [each for each in small.get("anyOf", ()) if each != {"type": "null"}]
    if len(branches) == 1:
        del small["anyOf"]
        small = {key: value for key, value in branches[0].items() if key not in _UNSHOWN} | small
    elif branches:
        small["anyOf"] = branches
    return small
