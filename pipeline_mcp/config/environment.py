"""Settings out of the environment."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Container
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource

from pipeline_mcp.config.document import Key, key_name
from pipeline_mcp.config.layers import Layer, Origin

PREFIX = "PIPELINE_"
NESTED = "__"

# Switches with a name of their own, and the setting that each one sets.
SWITCHES = {"ENABLE_PARALLEL_PROCESSING": "parallel"}


class ReadableLists:
    """Lists as people write them, `a,b` or `/one:/two`; JSON is understood as well."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """The value of a setting that is no plain scalar; what is wrong is left to the model."""
        text = str(value).strip()
        if text.startswith(("[", "{")):
            try:
                return json.loads(text)
            except ValueError:
                return value
        annotation = getattr(field, "annotation", field)
        if get_origin(annotation) is not tuple:
            return value
        separator = os.pathsep if get_args(annotation)[0] is Path else ","
        return [part.strip() for part in text.split(separator) if part.strip()]


class _Environment(ReadableLists, EnvSettingsSource):
    pass


def environment_layer(model: type[BaseSettings]) -> Layer:
    """The variables that set something; an empty one counts as not set."""
    data = _Environment(model)()
    for variable, name in SWITCHES.items():
        if os.environ.get(variable):
            data.setdefault(name, os.environ[variable])
    return Layer("environment", data, _locate_variable)


def variable(name: str) -> str:
    """The environment variable of the setting `name`."""
    return PREFIX + name.upper()


def _locate_variable(key: Key) -> Origin:
    """The most exact variable that is set: `PIPELINE_TOOL__TIMEOUT_SECONDS` or `PIPELINE_TOOL`."""
    present = {name.upper() for name in os.environ}
    name, rest = most_exact(key, present)
    if name not in present:
        name = next((switch for switch, field in SWITCHES.items() if field == key[0]), name)
    return Origin("environment", name, key=key_name(rest))


def most_exact(key: Key, present: Container[str]) -> tuple[str, Key]:
    """The name in `present` that leads nearest to `key`, and the rest of the way from there."""
    words = [str(part).upper() for part in key]
    for length in range(len(key), 0, -1):
        name = PREFIX + NESTED.join(words[:length])
        if name in present:
            return name, key[length:]
    return variable(words[0]), key[1:]


def unknown_variables(model: type[BaseSettings]) -> list[str]:
    """A sentence for each `PIPELINE_` variable that sets nothing: it may be misspelt."""
    known = [variable(name) for name in model.model_fields]
    sentences = []
    for name in sorted(os.environ):
        if not name.startswith(PREFIX) or name.split(NESTED)[0] in known:
            continue
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        sentences.append(f"{name} is not a setting{hint}")
    return sentences
