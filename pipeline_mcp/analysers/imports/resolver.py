"""Where an import leads: to places in the tree, to nothing, or to where nobody can tell."""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline_mcp.analysers.imports.elsewhere import Elsewhere
from pipeline_mcp.analysers.imports.facts import Reference
from pipeline_mcp.analysers.imports.layout import Layout
from pipeline_mcp.analysers.imports.library import Library
from pipeline_mcp.analysers.imports.tree import Tree


@dataclass(frozen=True, slots=True)
class Missing:
    """What was looked for and is certainly not there, as a clause."""

    reason: str


# The places of a module (one per import root that has it), or None if it cannot be known.
Answer = list[str] | Missing | None


class Resolver:
    """Answers for the files of one tree; `declared` are the names of packages that it needs."""

    def __init__(
        self, tree: Tree, library: Library, layout: Layout, elsewhere: Elsewhere, declared: set[str]
    ) -> None:
        self._tree = tree
        self._library = library
        self._layout = layout
        self._elsewhere = elsewhere
        self._declared = declared
        self._known: dict[tuple[str, int, str], Answer] = {}

    def module(self, path: str, reference: Reference) -> Answer:
        """Where the module lies that the file at `path` imports, or imports from."""
        key = (path, reference.level, reference.module)
        if key not in self._known:
            self._known[key] = (
                self._relative(path, reference)
                if reference.level
                else self._absolute(path, reference.module.split("."))
            )
        return self._known[key]

    def _relative(self, path: str, reference: Reference) -> Answer:
        base = path
        for _ in range(reference.level):
            if not base:
                dots = "." * reference.level
                # The tree may lie in a package of which only this part is here.
                is_inside = "" in self._tree.packages
                return None if is_inside else Missing(f"`{dots}` leads out of the project")
            base = posixpath.dirname(base)
        parts = reference.module.split(".") if reference.module else []
        answer = self._descend(base, parts, self._tree.package_root(path))
        if isinstance(answer, Missing) and self._tree.is_namespace(base):
            return None if self._is_elsewhere(base, parts) else answer
        return answer

    def _is_elsewhere(self, base: str, parts: list[str]) -> bool:
        """True if another part of the namespace package at `base` has the module."""
        name = posixpath.basename(base)
        others = [posixpath.join(parent, name) for parent in self._tree.parents_of(name)]
        return any(self._tree.exists(posixpath.join(other, *parts)) for other in others)

    def _absolute(self, path: str, parts: list[str]) -> Answer:
        top = parts[0]
        if top in sys.stdlib_module_names:
            return None
        # Code may add any folder to its path, so whatever folder has the module will do …
        parents = self._tree.parents_of(top)
        roots = self._layout.roots(path)
        # … but only one that is certainly searched makes the name ours.
        if not any(root in roots and self._is_ours(path, root, parts) for root in parents):
            return None
        places = [posixpath.join(root, *parts) for root in parents]
        found = [place for place in places if self._tree.exists(place)]
        if found:
            return found
        answers = [self._descend(root, parts, root) for root in parents]
        return None if None in answers else answers[0]

    def _is_ours(self, path: str, root: str, parts: list[str]) -> bool:
        """True if an import of `parts` from `root` cannot mean something installed instead."""
        top = parts[0]
        place = posixpath.join(root, top)
        # `examples/django/` and a package that bears a dependency's name may well be about it.
        is_doubtful = top in self._declared or not self._layout.is_project_root(root)
        if place in self._tree.packages:
            return not is_doubtful or self._library.is_imported(root, top)
        if place in self._tree.modules:
            # A script `redis.py` that imports `redis` is not what it imports.
            return not self._library.imports_own_name(place)
        # An installed package goes before a namespace package of the same name: only a regular
        # package further down, and only for the code beside it, tells that it is ours.
        if not path.startswith(f"{place}/"):
            return False
        inner = [posixpath.join(root, *parts[:end]) for end in range(2, len(parts) + 1)]
        return any(each in self._tree.packages for each in inner)

    def _descend(self, base: str, parts: Iterable[str], root: str) -> Answer:
        """From `base` on; `root` is the folder from which the whole path is counted."""
        place = base
        for name in parts:
            inner = posixpath.join(place, name)
            if not self._tree.exists(inner):
                return self._missing(place, name, root)
            place = inner
        return [place]

    def _missing(self, place: str, name: str, root: str) -> Answer:
        inner = posixpath.join(place, name)
        is_module = place in self._tree.modules and place not in self._tree.packages
        if self._library.is_package_open(place) or self._elsewhere.may_hold(inner):
            return None
        # A module's own `__getattr__` may answer for `__path__`: that makes it a package.
        if is_module and self._library.is_open(place):
            return None
        dotted = posixpath.relpath(inner, root or ".").replace("/", ".")
        if self._library.is_injected(dotted):
            return None
        if is_module:
            return Missing(f"{place}.py is a module, not a package")
        return Missing(f"there is no module {inner}.py and no package {inner}/")
