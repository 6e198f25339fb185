"""How a tool is started, whether it is installed, and which version it is."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline_mcp.config.process import search_path

# The version of a tool that does not say; its results are not remembered.
UNKNOWN = "unknown"
_VERSION = re.compile(r"\d+(?:\.\d+)+\S*")


class Executable(Protocol):
    """A program that can be found, named and started."""

    def argv(self) -> list[str] | None:
        """The start of its command line, or None where it is not installed."""

    def version(self) -> str:
        """Its version, or `unknown`; cheap enough to be asked at every plan."""


@dataclass(frozen=True, slots=True)
class PythonModule:
    """A tool of this interpreter: `python -P -m module`, so the tree cannot shadow a module.

    `driver` is a module of ours that is started instead, where the tool has no command line
    that can do the work; it imports `module`.
    """

    module: str
    distribution: str
    driver: str = ""

    def argv(self) -> list[str] | None:
        """The interpreter and the module, or None where the module cannot be found."""
        if importlib.util.find_spec(self.module) is None:
            return None
        return [sys.executable, "-P", "-m", self.driver or self.module]

    def version(self) -> str:
        """The version of the distribution that carries the module."""
        return _distribution_version(self.distribution)


@dataclass(frozen=True, slots=True)
class Program:
    """A program on the search path: beside this interpreter first, then the operator's PATH.

    `distribution` is the Python package that carries it.
    """

    name: str
    distribution: str = ""
    version_argument: str = "--version"

    def argv(self) -> list[str] | None:
        """Its absolute path, or None where it is not installed."""
        found = shutil.which(self.name, path=search_path())
        return None if found is None else [found]

    def version(self) -> str:
        """The packaged version, or what it says of itself when it came from elsewhere."""
        argv = self.argv()
        if argv is None:
            return UNKNOWN
        beside = Path(argv[0]).parent == Path(sys.executable).parent
        if beside and self.distribution:
            return _distribution_version(self.distribution)
        stat = Path(argv[0]).stat()
        return _said_version(argv[0], self.version_argument, stat.st_mtime_ns, stat.st_size)


@functools.cache
def _distribution_version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return UNKNOWN


@functools.cache
def _said_version(program: str, argument: str, mtime_ns: int, size: int) -> str:
    """Ask the program once per file state: `mtime_ns` and `size` are there for the cache's key."""
    try:
        answer = subprocess.run(
            [program, argument], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return UNKNOWN
    match = _VERSION.search(answer.stdout + answer.stderr)
    return match.group() if match else UNKNOWN
