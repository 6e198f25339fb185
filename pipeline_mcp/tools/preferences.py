"""Which of two tools for the same work a repository has chosen, read from its configuration."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Read = Callable[[str], bytes | None]

# The first one that is there counts, as for ruff itself.
_RUFF_FILES = (".ruff.toml", "ruff.toml")
_ISORT_SECTIONS = {
    ".isort.cfg": ("settings", "isort"),
    "setup.cfg": ("isort", "tool:isort"),
    "tox.ini": ("isort", "tool:isort"),
}
_IMPORT_SORTING = ("ALL", "I", "I0", "I00", "I001")


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the repository configures in its root."""

    configures_black: bool = False
    configures_ruff_format: bool = False
    configures_isort: bool = False
    ruff_sorts_imports: bool = False


def read_preferences(read: Read) -> Preferences:
    """Read them; `read` gives the content of a file in the root, None where there is none.

    A file that cannot be parsed counts as missing: the tool that reads it says what is wrong.
    """
    tables = _table(_toml(read, "pyproject.toml"), "tool")
    ruff = _ruff(read, tables)
    return Preferences(
        configures_black="black" in tables,
        configures_ruff_format="format" in ruff,
        configures_isort="isort" in tables or _has_isort_section(read),
        ruff_sorts_imports=_sorts_imports(ruff),
    )


def _ruff(read: Read, tables: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in _RUFF_FILES:
        if read(name) is not None:
            return _toml(read, name)
    return _table(tables, "ruff")


def _sorts_imports(ruff: Mapping[str, Any]) -> bool:
    lint = _table(ruff, "lint")
    selected = [
        rule
        for table in (ruff, lint)
        for key in ("select", "extend-select")
        for rule in _list(table, key)
    ]
    ignored = [rule for table in (ruff, lint) for rule in _list(table, "ignore")]
    return any(rule in _IMPORT_SORTING for rule in selected) and not any(
        rule in _IMPORT_SORTING for rule in ignored
    )


def _has_isort_section(read: Read) -> bool:
    for name, sections in _ISORT_SECTIONS.items():
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string((read(name) or b"").decode())
        except (UnicodeDecodeError, configparser.Error):
            continue
        if any(parser.has_section(section) for section in sections):
            return True
    return False


def _toml(read: Read, name: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads((read(name) or b"").decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return {}


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def _list(table: Mapping[str, Any], key: str) -> list[Any]:
    value = table.get(key)
    return value if isinstance(value, list) else []
