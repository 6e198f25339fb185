"""What a fix of a data or configuration file must not do to it."""

from __future__ import annotations

import configparser
import json
import posixpath
import tomllib
from collections.abc import Callable
from typing import Any

import yaml

_Reader = Callable[[str], Any]


def objection(path: str, old: bytes, new: bytes, *, is_configuration: bool) -> str | None:
    """Why `new` must not take the place of `old`, in one clause; None if it may.

    Data that could be read stays the same data. Of a file that configures one of the session's
    tools this has to be certain: a fix must not end findings by turning a tool off.
    """
    reader = _reader(path)
    if reader is None:
        return "it would change a tool's configuration" if is_configuration else None
    before = _read(reader, old)
    if before is None:
        return "it would change a tool's configuration" if is_configuration else None
    after = _read(reader, new)
    if after is None:
        return "the file could not be read as data any more"
    return None if before == after else "it would change the file's data"


def _reader(path: str) -> _Reader | None:
    name = posixpath.basename(path)
    suffix = posixpath.splitext(name)[1] or name
    return _READERS.get(suffix)


def _read(reader: _Reader, content: bytes) -> tuple[Any] | None:
    try:
        return (reader(content.decode("utf-8-sig")),)
    except (ValueError, yaml.YAMLError, configparser.Error, RecursionError):
        return None


def _yaml_events(text: str) -> list[tuple[Any, ...]]:
    """Events, not objects: a few aliases can stand for a very large object."""
    return [
        (type(event).__name__, *(getattr(event, name, None) for name in ("anchor", "tag", "value")))
        for event in yaml.parse(text, Loader=_LOADER)
    ]


def _ini(text: str) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    return {name: dict(parser[name]) for name in parser}


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_READERS: dict[str, _Reader] = {
    ".json": json.loads,
    ".ipynb": json.loads,
    ".toml": tomllib.loads,
    ".yaml": _yaml_events,
    ".yml": _yaml_events,
    ".cfg": _ini,
    ".ini": _ini,
    ".flake8": _ini,
    ".pylintrc": _ini,
    ".isort.cfg": _ini,
    ".codespellrc": _ini,
}
