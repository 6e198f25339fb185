"""The two files that describe a Python project, as plain values."""

from __future__ import annotations

import configparser
import tomllib
from typing import Any

from pipeline_mcp.reporting.sanitise import one_line
from pipeline_mcp.versioning.errors import VersioningError
from pipeline_mcp.versioning.trees import Tree, text_of

PYPROJECT = "pyproject.toml"
SETUP_CFG = "setup.cfg"
SETUP_PY = "setup.py"
# They are parsed again and again to find where the version stands.
_MOST_CHARACTERS = 256 * 1024


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        ValueError: it is no TOML.
    """
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except RecursionError as error:
        raise ValueError("its tables are nested too deep") from error


def parse_ini(text: str) -> dict[str, Any]:
    """The sections of an INI file as setuptools reads them: names of options in lower case.

    Raises:
        ValueError: it is no INI.
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError(f"{error}") from error
    return {name: dict(section) for name, section in parser.items() if name != "DEFAULT"}


def pyproject(tree: Tree) -> dict[str, Any]:
    """What `pyproject.toml` says; empty where there is none.

    Raises:
        VersioningError: it is no TOML.
    """
    return _read(tree, PYPROJECT, parse_toml)


def setup_cfg(tree: Tree) -> dict[str, Any]:
    """What `setup.cfg` says; empty where there is none.

    Raises:
        VersioningError: it is no INI.
    """
    return _read(tree, SETUP_CFG, parse_ini)


def _read(tree: Tree, name: str, parse: Any) -> dict[str, Any]:
    text = text_of(tree, name)
    if text is None:
        return {}
    if len(text) > _MOST_CHARACTERS:
        raise VersioningError(
            f"{name} has more than {_MOST_CHARACTERS} characters: it is not read."
        )
    try:
        found: dict[str, Any] = parse(text)
    except ValueError as error:
        raise VersioningError(f"{name} cannot be read: {one_line(f'{error}')[:300]}.") from error
    return found


def table(document: Any, *keys: str) -> dict[str, Any]:
    """The table under the keys; empty where there is none, or something else."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def texts(value: Any) -> list[str]:
    """A list's texts; of a text its lines that say something, as in setup.cfg."""
    if isinstance(value, str):
        lines = (line.strip() for line in value.splitlines())
        return [line for line in lines if line and not line.startswith("#")]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
