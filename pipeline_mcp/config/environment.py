"""Settings out of the environment and out of files of secrets."""

from __future__ import annotations

import difflib
import json
import os
import warnings
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    SecretsSettingsSource,
    SettingsError,
)

from pipeline_mcp.config.document import Key, key_name
from pipeline_mcp.config.layers import Layer, Origin
from pipeline_mcp.errors import Problem

PREFIX = "PIPELINE_"
NESTED = "__"

# Switches with a name of their own, and the setting that each one sets.
SWITCHES = {"ENABLE_PARALLEL_PROCESSING": "parallel"}


class _ReadableLists:
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


class _Environment(_ReadableLists, EnvSettingsSource):
    pass


class _Secrets(_ReadableLists, SecretsSettingsSource):
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
    words = [str(part).upper() for part in key]
    for length in range(len(key), 0, -1):
        name = PREFIX + NESTED.join(words[:length])
        if name in present:
            return Origin("environment", name, key=key_name(key[length:]))
    switch = next((name for name, field in SWITCHES.items() if field == key[0]), variable(words[0]))
    return Origin("environment", switch, key=key_name(key[1:]))


def secrets_layer(
    model: type[BaseSettings], directory: Path | None
) -> tuple[Layer | None, list[Problem]]:
    """The files in `directory` that bear the name of an environment variable of ours."""
    if directory is None:
        return None, []
    if not directory.is_dir():
        return None, [Problem("PIPELINE_SECRETS_DIR", 0, "", f"{directory} is not a directory")]
    try:
        # The library warns of a file that it leaves out; for us that is a mistake to be told.
        with warnings.catch_warnings(action="error", category=UserWarning):
            data = _Secrets(model, secrets_dir=directory)()
    except (SettingsError, UserWarning, OSError) as error:
        said = error.__cause__ or error
        return None, [Problem("PIPELINE_SECRETS_DIR", 0, "", f"{said}")]

    def locate(key: Key) -> Origin:
        name = variable(str(key[0]))
        files = (entry for entry in directory.iterdir() if entry.name.upper() == name)
        return Origin("secret", str(next(files, directory / name)), key=key_name(key[1:]))

    return Layer("secret", data, locate), []


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
