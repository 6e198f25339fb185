"""Gives every Python file a module name, as mypy has to, and separates files with the same one."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field

# The module of an `__init__.py` in a directory that cannot be a package.
NAMELESS = "__main__"


@dataclass(slots=True)
class Program:
    """Files that mypy can check in one run: `modules` maps names to files.

    `bases` are the directories from which the names count, relative; the tree's root always is
    one of them and is left out.
    """

    modules: dict[str, str] = field(default_factory=dict)
    bases: set[str] = field(default_factory=set)


def programs(files: Iterable[str]) -> list[Program]:
    """The files in as few programs as possible; those of one base stay together.

    mypy refuses two files with one module name: two `main.py` in directories that are no
    packages, or two packages `app` in two services. Such bases are separate programs.
    """
    paths = list(files)
    found: list[Program] = []
    for part in _parts(paths, _bases(paths)):
        for program in found:
            if program.modules.keys().isdisjoint(part.modules):
                program.modules |= part.modules
                program.bases |= part.bases
                break
        else:
            found.append(part)
    return found


def _parts(paths: list[str], bases: set[str]) -> list[Program]:
    """One program per base; a second file of the same name (`a.py`, `a.pyi`) makes one more."""
    parts: dict[tuple[str, int], Program] = {}
    for path in paths:
        base = _base_of(path, bases)
        name = _module(posixpath.relpath(path, base or "."))
        turn = 0
        while name in parts.setdefault((base, turn), Program()).modules:
            turn += 1
        part = parts[base, turn]
        part.modules[name] = path
        part.bases |= {base} if base else set()
    return list(parts.values())


def _bases(paths: list[str]) -> set[str]:
    """Where module names begin: the root, `src`, what cannot be a package's name, and what holds
    a package without being one."""
    packages = {posixpath.dirname(path) for path in paths if _stem(path) == "__init__"}
    bases = {""}
    for directory in {parent for path in paths for parent in _parents(path)}:
        name = posixpath.basename(directory)
        if not name.isidentifier() or (name == "src" and directory not in packages):
            bases.add(directory)
    return bases | {_above(package, packages) for package in packages}


def _above(directory: str, packages: set[str]) -> str:
    while directory in packages and posixpath.basename(directory).isidentifier():
        directory = posixpath.dirname(directory)
    return directory


def _base_of(path: str, bases: set[str]) -> str:
    return next(parent for parent in [*_parents(path), ""] if parent in bases)


def _parents(path: str) -> list[str]:
    """The directories above a path, the nearest first, without the root."""
    parents = []
    while path := posixpath.dirname(path):
        parents.append(path)
    return parents


def _module(path: str) -> str:
    names = path.split("/")
    names[-1] = _stem(path)
    if names[-1] == "__init__":
        names.pop()
    return ".".join(names) or NAMELESS


def _stem(path: str) -> str:
    return posixpath.basename(path).removesuffix(".pyi").removesuffix(".py")
