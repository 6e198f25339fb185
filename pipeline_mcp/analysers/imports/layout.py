"""From which folders a file's absolute imports start."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping

from pipeline_mcp.analysers.imports.manifests import PROJECT_FILES
from pipeline_mcp.analysers.imports.tree import Tree

_SOURCE_FOLDERS = ("", "src", "lib", "python")


class Layout:
    """The import roots of a tree: of each project in it, and of each file."""

    def __init__(
        self, tree: Tree, manifests: Mapping[str, str], extra_roots: Iterable[str] = ()
    ) -> None:
        self._tree = tree
        projects = {""} | {
            posixpath.dirname(path)
            for path in manifests
            if posixpath.basename(path) in PROJECT_FILES
        }
        roots = {
            posixpath.join(project, folder).rstrip("/")
            for project in projects
            for folder in _SOURCE_FOLDERS
        }
        # What lies in a package is not top-level. A tree that is itself a package is imported
        # from outside, under a name that nobody here knows.
        self._roots = {root for root in roots if root not in tree.packages}
        self._roots |= {root.strip("/").removeprefix("./") for root in extra_roots}

    def roots(self, path: str) -> set[str]:
        """Where the top-level names that the file at `path` imports are looked for.

        Besides the projects' roots that is the folder that holds the file's package; for a
        script, its own folder.
        """
        own = self._tree.package_root(path)
        return self._roots if own in self._tree.packages else self._roots | {own}

    def is_project_root(self, folder: str) -> bool:
        """True if the imports of a whole project start there."""
        return folder in self._roots
