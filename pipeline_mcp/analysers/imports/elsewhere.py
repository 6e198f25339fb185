"""Modules that are there and not in the tree: a build makes them, or the snapshot lacks them."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator

from pipeline_mcp.analysers.imports.builds import Builds


class Elsewhere:
    """`left_out` are globs over the paths of files that were excluded, linked or too large; a
    glob also covers everything below what it fits."""

    def __init__(self, builds: Builds, left_out: Iterable[str]) -> None:
        self._builds = builds
        patterns = [fnmatch.translate(glob.rstrip("/")) for glob in left_out]
        self._fits = re.compile("|".join(patterns)).match if patterns else None

    def may_hold(self, place: str) -> bool:
        """True if the module or package at `place` (a path without suffix) may be one of them."""
        return self._builds.may_write(place) or self._is_left_out(place)

    def _is_left_out(self, place: str) -> bool:
        fits = self._fits
        return fits is not None and any(fits(path) for path in _paths(place))


def _paths(place: str) -> Iterator[str]:
    """What a module may be called, and everything above it, whole and by name."""
    yield from (f"{place}.py", f"{place}/__init__.py", place)
    parts = place.split("/")
    yield from parts
    yield f"{parts[-1]}.py"
    for end in range(1, len(parts)):
        yield "/".join(parts[:end])
