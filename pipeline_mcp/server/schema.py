"""The schemas that a tool shows: everything a client must know, and not a byte more."""

from __future__ import annotations

from typing import Any

# Which keys an answer has and what each holds is said once, in the server's instructions: whoever
# reads the list of tools pays for every byte of it, once for each tool.
OUTPUT_SCHEMA: dict[str, Any] = {"type": "object"}

_LISTS = ("anyOf", "oneOf", "allOf")
# Titles repeat the names. Lengths are enforced, and examples given, when somebody errs: see
# `server.arguments`.
_UNSHOWN = ("title", "examples", "$defs", "maxLength", "minLength", "maxItems", "minItems")
_OF_AN_OBJECT = ("properties", "required", "additionalProperties")


def input_schema(generated: dict[str, Any]) -> dict[str, Any]:
    """The schema of a tool's arguments from the one that pydantic makes of its parameters.

    Without titles, references and null: a parameter that may be null may as well be left out.
    Nor does it tell what goes without saying: that a number is not below 0, and that what is left
    out is false or 0. An argument that it does not name is refused. Of an object among the
    arguments only the description tells what is in it.
    """
    definitions = generated.get("$defs", {})
    properties = {
        name: _compact(node, definitions) for name, node in generated.get("properties", {}).items()
    }
    required = {"required": generated["required"]} if "required" in generated else {}
    return {"type": "object", "properties": properties, **required, "additionalProperties": False}


def _compact(node: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    small = _without_null(node)
    if "$ref" in small:
        name = small.pop("$ref").removeprefix("#/$defs/")
        small = _without_null(definitions[name]) | small
    if small.get("minimum") == 0:
        del small["minimum"]
    if small.get("type") == "object":
        small = {key: value for key, value in small.items() if key not in _OF_AN_OBJECT}
    for key in _LISTS:
        if key in small:
            small[key] = [_compact(each, definitions) for each in small[key]]
    if "items" in small:
        small["items"] = _compact(small["items"], definitions)
    return small


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    small = {key: value for key, value in node.items() if key not in _UNSHOWN}
    if not small.get("default"):
        small.pop("default", None)
    branches = [each for each in small.get("anyOf", ()) if each != {"type": "null"}]
    if len(branches) == 1:
        del small["anyOf"]
        small = {key: value for key, value in branches[0].items() if key not in _UNSHOWN} | small
    elif branches:
        small["anyOf"] = branches
    return small
