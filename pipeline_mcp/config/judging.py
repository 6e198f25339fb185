"""What is wrong with the values of a layer, in our words, each at its place."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from pipeline_mcp.config.document import Key, shown
from pipeline_mcp.config.layers import Layer
from pipeline_mcp.errors import Problem

_WORDS = {
    "a valid tuple": "a list",
    "Tuple should": "The list should",
    "a valid dictionary": "a mapping of keys to values",
    "a valid string": "text; put it in quotes",
}


def problems_in(model: type[BaseModel], layer: Layer) -> list[Problem]:
    """All mistakes in the layer's values, in the order of their lines."""
    try:
        model(**layer.data)
    except ValidationError as error:
        found = [
            _problem(model, layer, detail["loc"], detail["type"], detail["msg"])
            for detail in error.errors(include_url=False, include_input=False)
        ]
        return sorted(found, key=lambda problem: problem.line)
    return []


def did_you_mean(word: str, known: Collection[str]) -> str:
    """`; did you mean 'ruff'?`, or nothing where no known word is close."""
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _problem(
    model: type[BaseModel], layer: Layer, location: Key, kind: str, message: str
) -> Problem:
    key = _way(layer.data, location)
    origin = layer.locate(key)
    if kind == "extra_forbidden":
        said = f"unknown key{did_you_mean(str(key[-1]), _names(model, key[:-1]))}"
    elif kind == "missing":
        said = "it is required"
    else:
        said = _in_yaml_words(message.removeprefix("Value error, "))
    return Problem(origin.source, origin.line, origin.key, shown(said, limit=500))


def _in_yaml_words(message: str) -> str:
    """The library speaks of Python's types; a string is most often missing its quotes."""
    for theirs, ours in _WORDS.items():
        message = message.replace(theirs, ours)
    return message


def _way(data: Mapping[str, Any], location: Key) -> Key:
    """The location without what the library adds: tags of unions, `[key]` for a mapping's key."""
    way: list[str | int] = []
    value: Any = data
    for position, part in enumerate(location, start=1):
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            # What is missing is not in the data, and still the place to name.
            is_missing = position == len(location) and isinstance(value, Mapping)
            if not is_missing or part == "[key]":
                continue
        way.append(part)
    return tuple(way)


def _names(model: type[BaseModel], key: Key) -> list[str]:
    """What a key beside `key` may be called."""
    models = [model]
    for part in key:
        inner = [each.model_fields[str(part)] for each in models if part in each.model_fields]
        if inner:
            models = [found for field in inner for found in _models(field.annotation)]
    return [name for each in models for name in each.model_fields]


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The models in a type, such as the two in `dict[str, One | Other]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for argument in get_args(annotation) for found in _models(argument)]
