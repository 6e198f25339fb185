"""Settings out of a directory of secrets, one file each."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings, SecretsSettingsSource, SettingsError

from pipeline_mcp.config.document import Key, key_name
from pipeline_mcp.config.environment import NESTED, PREFIX, ReadableLists, most_exact
from pipeline_mcp.config.layers import Layer, Origin
from pipeline_mcp.errors import Problem


class _Secrets(ReadableLists, SecretsSettingsSource):
    pass


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
        for key, text in _nested(model, directory):
            _put(data, key, text)
    except (SettingsError, UserWarning, UnicodeDecodeError, OSError, RuntimeError) as error:
        said = error.__cause__ or error
        return None, [Problem("PIPELINE_SECRETS_DIR", 0, "", f"{said}")]
    files = {entry.name.upper(): entry for entry in directory.iterdir()}

    def locate(key: Key) -> Origin:
        name, rest = most_exact(key, files)
        return Origin("secret", str(files.get(name, directory / name)), key=key_name(rest))

    return Layer("secret", data, locate), []


def _nested(model: type[BaseSettings], directory: Path) -> Iterator[tuple[list[str], str]]:
    """The files with `__` in their names, which the library leaves out."""
    for file in sorted(directory.iterdir()):
        first, *rest = file.name.upper().removeprefix(PREFIX).lower().split(NESTED)
        if not rest or not file.name.upper().startswith(PREFIX) or first not in model.model_fields:
            continue
        if directory.resolve() not in file.resolve().parents or not file.is_file():
            raise SettingsError(f"{file} is not a file in that directory")
        yield [first, *rest], file.read_text(encoding="utf-8").strip()


def _put(data: dict[str, Any], key: list[str], text: str) -> None:
    """Set a nested value; a wrong key is found with all other mistakes, by the model."""
    *way, last = key
    for part in way:
        inner = data.get(part)
        data[part] = inner if isinstance(inner, dict) else {}
        data = data[part]
    data[last] = text
