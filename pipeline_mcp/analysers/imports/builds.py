"""Modules that are not in the tree because a build writes them."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Mapping

from pipeline_mcp.analysers.imports.manifests import BUILD_FILES

_WRITTEN_BY_BUILDS = re.compile(
    r"_*version(_info)?_*|_*build_?info_*|_?git_?version|_?commit|\w+_pb2(_grpc)?"
    r"|parsetab|lextab|yacctab|local_?settings|settings_local|\w*generated\w*",
    re.IGNORECASE,
)

# Modules in C for one system are seldom built, and never tracked, on another.
_FOR_ONE_SYSTEM = re.compile(
    r"(^|_)(windows|win32|darwin|macos|osx|linux|posix|bsd|sunos|aix)(_|$)"
)


class Builds:
    """What the build and ignore files say; `manifests` maps path to text."""

    def __init__(self, manifests: Mapping[str, str]) -> None:
        self._texts = [
            text for path, text in manifests.items() if posixpath.basename(path) in BUILD_FILES
        ]
        self._patterns = [
            (posixpath.dirname(path), line.strip().rstrip("/"))
            for path, text in manifests.items()
            if posixpath.basename(path) == ".gitignore"
            for line in text.splitlines()
            if line.strip() and line[0] not in "#!"
        ]

    def may_write(self, place: str) -> bool:
        """True if a build may make the module at `place` (a path without suffix)."""
        name = posixpath.basename(place)
        return (
            bool(_WRITTEN_BY_BUILDS.fullmatch(name) or _FOR_ONE_SYSTEM.search(name))
            or any(_mentions(text, name) for text in self._texts)
            or any(_ignores(folder, pattern, place) for folder, pattern in self._patterns)
        )


def _mentions(text: str, name: str) -> bool:
    """True if a build file speaks of the module as something to be made.

    The bare word will do where extension modules are listed, and for names like `_speedups`.
    """
    word = rf"(?<!\w){re.escape(name)}(?!\w)"
    if "Extension(" not in text and not name.startswith("_"):
        word += r"\.(py|pyx|c|cc|cpp|cxx|rs|so|pyd|in)\b"
    return bool(re.search(word, text))


def _ignores(folder: str, pattern: str, place: str) -> bool:
    """True if a line of the `.gitignore` in `folder` covers the module; rather once too often."""
    if folder and not place.startswith(f"{folder}/"):
        return False
    inside = place.removeprefix(f"{folder}/")
    if "/" not in pattern:
        inside = posixpath.basename(inside)
    glob = pattern.removeprefix("/")
    return any(fnmatch.fnmatchcase(each, glob) for each in (inside, f"{inside}.py"))
