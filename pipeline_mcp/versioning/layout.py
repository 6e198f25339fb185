"""Which packages and modules a project ships, and where they lie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pipeline_mcp.versioning.documents import pyproject, setup_cfg, table, texts
from pipeline_mcp.versioning.trees import Tree

SOURCE_SUFFIXES = (".py", ".pyi")
# Directories with Python in them that no project ships from its top level.
_NOT_SHIPPED = frozenset(
    ("tests", "test", "testing", "docs", "doc", "examples", "example", "benchmarks", "benchmark")
)
_NOT_SHIPPED |= frozenset(("scripts", "tools", "tasks", "build", "dist", "ci", "bin"))
_NOT_MODULES = frozenset(("setup", "conftest", "noxfile", "tasks", "manage", "fabfile"))


@dataclass(frozen=True, slots=True)
class Shipped:
    """A top-level package or module `name`, importable from the directory `root` (`""`, `src/`)."""

    name: str
    root: str
    is_package: bool

    def holds(self, path: str) -> bool:
        """True for a source file of it."""
        if not path.endswith(SOURCE_SUFFIXES) or not path.startswith(self.root):
            return False
        inner = path[len(self.root) :]
        if self.is_package:
            return inner.startswith(f"{self.name}/")
        return inner in (f"{self.name}.py", f"{self.name}.pyi")


def shipped(tree: Tree) -> list[Shipped]:
    """By what the project declares, or else by the usual layouts: `src/`, or at the top.

    Raises:
        VersioningError: `pyproject.toml` or `setup.cfg` cannot be read.
    """
    paths = [path for path in tree.paths() if path.endswith(SOURCE_SUFFIXES)]
    found = _declared(tree, paths) or _guessed(tree, paths)
    return [each for each in found if each.name.isidentifier()]


def _declared(tree: Tree, paths: list[str]) -> list[Shipped]:
    declared = pyproject(tree)
    ini = table(setup_cfg(tree), "options")
    roots = _package_dirs(declared, ini)
    setuptools = table(declared, "tool", "setuptools")
    names = [*texts(setuptools.get("packages")), *texts(ini.get("packages"))]
    modules = [*texts(setuptools.get("py-modules")), *texts(ini.get("py_modules"))]
    tops = dict.fromkeys(name.split(".")[0] for name in names if not name.startswith("find"))
    found = [Shipped(name, roots.get(name, roots.get("", "")), True) for name in tops]
    found += [Shipped(name, roots.get("", ""), False) for name in modules]
    found += _of_poetry(declared) + _of_hatch(declared)
    return [each for each in dict.fromkeys(found) if any(map(each.holds, paths))]


def _package_dirs(declared: dict[str, Any], ini: dict[str, Any]) -> dict[str, str]:
    given = table(declared, "tool", "setuptools", "package-dir")
    pairs = [(f"{name}", f"{directory}") for name, directory in given.items()]
    for line in texts(ini.get("package_dir")):
        name, _, directory = line.partition("=")
        pairs.append((name.strip(), directory.strip()))
    # A package of another directory than its name says would be at no path that is its name.
    return {name: _as_root(d.removesuffix(f"/{name}") if name else d) for name, d in pairs}


def _of_poetry(declared: dict[str, Any]) -> list[Shipped]:
    entries = table(declared, "tool", "poetry").get("packages")
    rows = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    return [
        Shipped(f"{row['include']}".split("/")[0], _as_root(f"{row.get('from', '')}"), True)
        for row in rows
        if "include" in row
    ]


def _of_hatch(declared: dict[str, Any]) -> list[Shipped]:
    wheel = table(declared, "tool", "hatch", "build", "targets", "wheel")
    ways = [way.strip("/").rpartition("/") for way in texts(wheel.get("packages"))]
    return [Shipped(name, _as_root(root), True) for root, _, name in ways]


def _guessed(tree: Tree, paths: list[str]) -> list[Shipped]:
    roots = _places_to_look(tree)
    found = [each for root in roots for each in _below(root, paths)]
    if found:
        return found
    tops = [path.rpartition(".")[0] for path in paths if "/" not in path]
    return [Shipped(name, "", False) for name in dict.fromkeys(tops) if _may_be_module(name)]


def _places_to_look(tree: Tree) -> list[str]:
    """The directories of `packages.find`, or `src/` where there is one, or else the top."""
    found = table(pyproject(tree), "tool", "setuptools", "packages", "find").get("where")
    ini = table(setup_cfg(tree), "options.packages.find").get("where")
    where = [_as_root(each) for each in [*texts(found), *texts(ini)]]
    usual = ["src/"] if any(path.startswith("src/") for path in tree.paths()) else []
    return where or [*usual, ""]


def _below(root: str, paths: Iterable[str]) -> list[Shipped]:
    inner = [path[len(root) :] for path in paths if path.startswith(root)]
    packages = {
        path.split("/")[0]
        for path in inner
        if path.count("/") == 1 and path.split("/")[1] in ("__init__.py", "__init__.pyi")
    }
    if root:  # also without an __init__.py: a namespace
        packages |= {path.split("/")[0] for path in inner if "/" in path}
    modules = {path.rpartition(".")[0] for path in inner if "/" not in path} if root else set()
    if not root:
        packages = {name for name in packages if name not in _NOT_SHIPPED and name[0] not in "._"}
    shipped_packages = [Shipped(name, root, True) for name in sorted(packages)]
    return shipped_packages + [Shipped(name, root, False) for name in sorted(modules - packages)]


def _may_be_module(name: str) -> bool:
    return name.isidentifier() and name not in _NOT_MODULES and not name.startswith("test_")


def _as_root(directory: str) -> str:
    cleaned = directory.strip().removeprefix("./").strip("/")
    return "" if cleaned in ("", ".") else f"{cleaned}/"
