"""Which files the repository's own configuration of mypy speaks of."""

from __future__ import annotations

import io
import posixpath
import re
from dataclasses import dataclass

from mypy.main import process_options


@dataclass(frozen=True, slots=True)
class ConfiguredScope:
    """What `exclude`, `files`, `packages` and `modules` say; mypy ignores them when it is given
    files."""

    exclude: tuple[re.Pattern[str], ...] = ()
    files: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()

    def is_excluded(self, path: str) -> bool:
        """True if the file, or a directory above it, is not to be read at all."""
        parts = path.split("/")
        above = ["/".join(parts[:depth]) + "/" for depth in range(1, len(parts))]
        return any(pattern.search(shown) for pattern in self.exclude for shown in [*above, path])

    def is_wanted(self, path: str, module: str) -> bool:
        """True if what mypy says of the file counts; without a word about it, everything does."""
        if not (self.files or self.packages or self.modules):
            return True
        return (
            any(_is_below(path, file, "/") for file in self.files)
            or any(_is_below(module, package, ".") for package in self.packages)
            or module in self.modules
        )


def configured_scope(options: list[str]) -> ConfiguredScope:
    """The scope that the configuration file, found as mypy finds it, and the options say."""
    silent = io.StringIO()
    try:
        # A module of the command line makes mypy leave the configured ones alone.
        _, parsed = process_options([*options, "-m", "any"], stdout=silent, stderr=silent)
        return ConfiguredScope(
            exclude=tuple(re.compile(pattern) for pattern in parsed.exclude),
            files=tuple(posixpath.normpath(file) for file in parsed.files or ()),
            packages=tuple(parsed.packages or ()),
            modules=tuple(parsed.modules or ()),
        )
    except (SystemExit, re.error):
        return ConfiguredScope()  # the run itself meets the mistake again, and says it


def _is_below(name: str, top: str, separator: str) -> bool:
    return top in (".", name) or name.startswith(top + separator)
