"""The facts of all files of a tree, and what they mean together."""

from __future__ import annotations

import posixpath
from collections import defaultdict

from pipeline_mcp.analysers.imports.facts import Facts, Reference
from pipeline_mcp.analysers.imports.tree import Tree


class Library:
    """`facts` maps path to facts; a file without an entry is one that nothing is known of."""

    def __init__(self, tree: Tree, facts: dict[str, Facts]) -> None:
        self._tree = tree
        self.facts = facts
        self._injected = {
            tail for each in facts.values() for name in each.injected for tail in _tails(name)
        }
        self._dotted: dict[str, set[str]] = defaultdict(set)
        for each in facts.values():
            for use in each.imports:
                self._note_import(use.reference)
        self._patched: dict[str, set[str]] = defaultdict(set)
        self._opened: set[str] = set()

    def _note_import(self, reference: Reference) -> None:
        """Remember the modules that an absolute import asks for, if it says more than a name."""
        top, *rest = reference.module.split(".")
        if not reference.level:
            if rest:
                self._dotted[top].add(reference.module)
            if reference.name:
                self._dotted[top].add(f"{reference.module}.{reference.name}")

    def patch(self, place: str, name: str | None) -> None:
        """Some code sets `name` in the module at `place`; None stands for any name."""
        if name is None:
            self._opened.add(place)
        else:
            self._patched[place].add(name)

    def files_of(self, place: str) -> list[tuple[str, Facts]] | None:
        """The module's files, or None if there is one of which nothing is known."""
        paths = self._tree.modules.get(place, [])
        known = [(path, self.facts[path]) for path in paths if path in self.facts]
        return known if len(known) == len(paths) else None

    def is_open(self, place: str) -> bool:
        """True if the module may have names that its text does not show."""
        files = self.files_of(place)
        return (
            files is None
            or place in self._opened
            or self._tree.is_namespace(place)
            or any(facts.is_open for _, facts in files)
        )

    def is_patched(self, place: str, name: str) -> bool:
        """True if other code sets `name` in the module."""
        return name in self._patched[place]

    def is_package_open(self, place: str) -> bool:
        """True if the package may have submodules that are not in the tree."""
        files = self.files_of(place)
        return files is None or any(facts.is_package_open for _, facts in files)

    def is_injected(self, dotted: str) -> bool:
        """True if some code may put a module of that name into `sys.modules`."""
        return dotted in self._injected

    def is_imported(self, root: str, top: str) -> bool:
        """True if some import of the top-level name `top` fits what lies below `root`."""
        return any(
            self._tree.exists(posixpath.join(root, *dotted.split(".")))
            for dotted in self._dotted[top]
        )

    def imports_own_name(self, place: str) -> bool:
        """True if the module at `place` imports a top-level module called as itself is."""
        name = place.rsplit("/", 1)[-1]
        used = [use.reference for _, facts in self.files_of(place) or () for use in facts.imports]
        return any(not each.level and each.module.split(".")[0] == name for each in used)


def _tails(dotted: str) -> list[str]:
    """`a.b.c`, `b.c` and `c`: imports may start in the middle of a tree."""
    parts = dotted.split(".")
    return [".".join(parts[start:]) for start in range(len(parts))]
