"""The files around the code that say how it is laid out, what it needs and what builds make."""

from __future__ import annotations

import posixpath
from pathlib import Path

from pipeline_mcp.analysers.imports.tree import Tree

PROJECT_FILES = ("pyproject.toml", "setup.cfg", "setup.py")
BUILD_FILES = (
    *PROJECT_FILES,
    *("CMakeLists.txt", "Cargo.toml", "MANIFEST.in", "Makefile", "hatch_build.py", "meson.build"),
)
# All base names that may change what the check finds.
NAMES = (*BUILD_FILES, ".gitignore", "requirements.txt")


def read_manifests(tree: Tree, root: Path) -> dict[str, str]:
    """Path -> text of all such files in the tree; bytes that are no UTF-8 are replaced."""
    return {
        path: (root / path).read_text("utf-8", "replace")
        for path in tree.files
        if posixpath.basename(path) in NAMES and (root / path).is_file()
    }
