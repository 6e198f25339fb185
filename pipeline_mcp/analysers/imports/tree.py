"""Which modules a tree holds, by their place and not yet by any import path."""

from __future__ import annotations

import os
import posixpath
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

SOURCE_SUFFIXES = (".py", ".pyi")
# What is compiled, or will be: such a module exists, but its names cannot be known.
COMPILED_SUFFIXES = (".pyx", ".pxd", ".so", ".pyd")
_SKIPPED_FOLDERS = frozenset({".git", "node_modules", "__pycache__"})


class Tree:
    """`modules` maps a place (`src/pkg/mod`, or the folder of a package) to its files.

    `folders` are all folders that hold modules, at whatever depth; the tree itself is the empty
    one. A folder without `__init__` is a namespace package, which others may add to.
    """

    def __init__(self, files: Iterable[str]) -> None:
        self.files = sorted(set(files))
        self.modules: dict[str, list[str]] = defaultdict(list)
        self.packages: set[str] = set()
        self.folders: set[str] = {""}
        self._parents: dict[str, set[str]] = defaultdict(set)
        for path in self.files:
            if path.endswith(SOURCE_SUFFIXES + COMPILED_SUFFIXES):
                self._add(path)
        for place in (*self.modules, *self.folders):
            self._parents[posixpath.basename(place)].add(posixpath.dirname(place))

    def _add(self, path: str) -> None:
        folder, name = posixpath.split(path)
        # `_speedups.cpython-311-x86_64-linux-gnu.so` is the module `_speedups`.
        stem = name.split(".")[0]
        if stem == "__init__":
            self.packages.add(folder)
            self.modules[folder].append(path)
        else:
            self.modules[posixpath.join(folder, stem)].append(path)
        while folder not in self.folders:
            self.folders.add(folder)
            folder = posixpath.dirname(folder)

    def exists(self, place: str) -> bool:
        """True if a module, a package or a namespace package is there."""
        return place in self.modules or place in self.folders

    def is_namespace(self, place: str) -> bool:
        """True for a folder that holds modules and is no regular package."""
        return place in self.folders and place not in self.modules

    def parents_of(self, name: str) -> list[str]:
        """All folders in which there is a module or a folder called `name`."""
        return sorted(self._parents.get(name, ()))

    def package_root(self, path: str) -> str:
        """The folder from which the file's own package, or the file itself, is imported."""
        folder = posixpath.dirname(path)
        while folder and folder in self.packages:
            folder = posixpath.dirname(folder)
        return folder


def walk(root: Path) -> list[str]:
    """All files below `root`, as relative paths with `/`; links to folders are not followed."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - _SKIPPED_FOLDERS)
        place = Path(folder).relative_to(root).as_posix()
        prefix = "" if place == "." else f"{place}/"
        found += [f"{prefix}{name}" for name in names]
    return found
