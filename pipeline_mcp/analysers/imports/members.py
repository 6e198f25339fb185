"""What a module has: submodules, names of its own, names that it imports."""

from __future__ import annotations

import posixpath
from enum import Enum

from pipeline_mcp.analysers.imports.elsewhere import Elsewhere
from pipeline_mcp.analysers.imports.facts import Reference
from pipeline_mcp.analysers.imports.library import Library
from pipeline_mcp.analysers.imports.resolver import Resolver
from pipeline_mcp.analysers.imports.tree import Tree


class Kind(Enum):
    """What a name in a module stands for, if not for another module."""

    ABSENT = "absent"
    OTHER = "other"  # a value, or something that cannot be known


# The places of a module, or the kind of anything else.
Member = list[str] | Kind

# Re-exports of re-exports are followed that far.
_LONGEST_TRAIL = 20


class Members:
    """Answers for the modules of one tree, and remembers them: nothing may be patched later."""

    def __init__(
        self, tree: Tree, library: Library, resolver: Resolver, elsewhere: Elsewhere
    ) -> None:
        self._tree = tree
        self._library = library
        self._resolver = resolver
        self._elsewhere = elsewhere
        self._known: dict[tuple[str, str], Member] = {}

    def target(self, path: str, reference: Reference, trail: int = 0) -> Member:
        """What the file at `path` gets by an import; `OTHER` if the import itself is broken."""
        places = self._resolver.module(path, reference)
        if not isinstance(places, list) or trail > _LONGEST_TRAIL:
            return Kind.OTHER
        if reference.name is None:
            return places
        member = self.member(places, reference.name, trail + 1)
        return Kind.OTHER if member is Kind.ABSENT else member

    def member(self, places: list[str], name: str, trail: int = 0) -> Member:
        """What `name` is in a module that may be at several places; absent only if in none."""
        found = [self._member_at(place, name, trail) for place in places]
        if Kind.OTHER in found:
            return Kind.OTHER
        return [place for each in found if isinstance(each, list) for place in each] or Kind.ABSENT

    def file(self, place: str) -> str:
        """The file to look into for the names of a module."""
        return self._tree.modules[place][0]

    def _member_at(self, place: str, name: str, trail: int) -> Member:
        key = (place, name)
        if key not in self._known:
            self._known[key] = Kind.OTHER  # what a circle of imports comes back to
            self._known[key] = self._look_up(place, name, trail)
        return self._known[key]

    def _look_up(self, place: str, name: str, trail: int) -> Member:
        if self._library.is_patched(place, name):
            return Kind.OTHER
        bound = self._bindings(place, name)
        inner = posixpath.join(place, name)
        if self._tree.exists(inner):
            # A package may hide its submodule behind a value of the same name.
            same = all(ref and self.target(path, ref, trail + 1) == [inner] for path, ref in bound)
            return [inner] if same else Kind.OTHER
        if bound:
            path, reference = bound[0]
            if len(bound) > 1 or reference is None:
                return Kind.OTHER
            return self.target(path, reference, trail + 1)
        return Kind.OTHER if self._may_have(place, name) else Kind.ABSENT

    def _bindings(self, place: str, name: str) -> list[tuple[str, Reference | None]]:
        """Which files of the module bind the name, and by which import.

        `from . import name` in a package binds what must be there already: that does not count.
        """
        files = self._library.files_of(place) or []
        found = [(path, facts.names[name]) for path, facts in files if name in facts.names]
        return [(path, ref) for path, ref in found if not self._is_own(path, ref, place, name)]

    def _is_own(self, path: str, reference: Reference | None, place: str, name: str) -> bool:
        if reference is None or reference.name != name:
            return False
        return self._resolver.module(path, reference) == [place]

    def _may_have(self, place: str, name: str) -> bool:
        """True unless it is certain that neither the module nor what it star-imports has it."""
        if name.startswith("__") or self._elsewhere.may_hold(posixpath.join(place, name)):
            return True
        todo, seen = [place], set[str]()
        while todo:
            here = todo.pop()
            if here in seen:
                continue
            seen.add(here)
            if self._library.is_open(here) or self._bindings(here, name):
                return True
            if here != place and self._tree.exists(posixpath.join(here, name)):
                return True
            files = self._library.files_of(here) or []
            for path, star in ((path, star) for path, facts in files for star in facts.stars):
                places = self._resolver.module(path, star)
                if not isinstance(places, list):
                    return True
                todo += places
        return False
