"""Which packages the project declares to need."""

from __future__ import annotations

import configparser
import posixpath
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")


def declared_names(manifests: Mapping[str, str]) -> set[str]:
    """The import names of the dependencies, as far as they follow from the packages' names.

    `manifests` maps path to text. A file that cannot be parsed says nothing.
    """
    own: set[str] = set()
    needed: set[str] = set()
    for path, text in manifests.items():
        match posixpath.basename(path):
            case "pyproject.toml":
                name, requirements = _from_pyproject(text)
            case "setup.cfg":
                name, requirements = _from_setup_cfg(text)
            case "requirements.txt":
                name, requirements = "", text.splitlines()
            case _:
                continue
        own.add(_import_name(name))
        needed.update(map(_import_name, requirements))
    return needed - own


def _from_pyproject(text: str) -> tuple[str, list[str]]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return "", []
    project = _table(data, "project")
    poetry = _table(data, "tool", "poetry")
    groups = [project.get("dependencies"), *_table(project, "optional-dependencies").values()]
    groups += _table(data, "dependency-groups").values()
    groups += [[*_table(poetry, "dependencies")], [*_table(poetry, "dev-dependencies")]]
    groups += [[*_table(each, "dependencies")] for each in _table(poetry, "group").values()]
    name = project.get("name") or poetry.get("name")
    return str(name or ""), [*_strings(groups)]


def _from_setup_cfg(text: str) -> tuple[str, list[str]]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return "", []
    requirements = parser.get("options", "install_requires", fallback="").splitlines()
    if parser.has_section("options.extras_require"):
        for value in dict(parser["options.extras_require"]).values():
            requirements += value.splitlines()
    return parser.get("metadata", "name", fallback=""), requirements


def _table(data: object, *keys: str) -> dict[str, Any]:
    """The table under the keys; an empty one where there is something else."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def _strings(groups: list[Any]) -> Iterator[str]:
    for group in groups:
        if isinstance(group, list):
            yield from (each for each in group if isinstance(each, str))


def _import_name(requirement: str) -> str:
    """`My-Package[extra]>=1` is most likely imported as `my_package`."""
    match = _REQUIREMENT.match(requirement)
    return match[1].lower().replace("-", "_").replace(".", "_") if match else ""
