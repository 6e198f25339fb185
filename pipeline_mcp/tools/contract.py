"""What a tool adapter is: one frozen `Tool` with two functions, `command` and `parse`."""

from __future__ import annotations

import fnmatch
import posixpath
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.executables import Executable


class Scope(StrEnum):
    """What a tool's findings about a file depend on."""

    FILE = "file"  # the file and the configuration
    CONTEXT = "context"  # also which other files there are
    PROGRAM = "program"  # all files: never sharded


class Kind(StrEnum):
    """What a tool is for; `tools` groups by it."""

    LINT = "lint"
    FORMAT = "format"
    TYPES = "types"
    SECURITY = "security"
    SPELLING = "spelling"
    ANALYSIS = "analysis"


@dataclass(frozen=True, slots=True)
class FilePattern:
    """Which files a tool looks at: by suffix, base name glob or path glob; `every` means all.

    `excluded` is the user's word on what the tool shall not look at.
    """

    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    every: bool = False
    excluded: Callable[[str], bool] | None = None

    def matches(self, path: str) -> bool:
        """True if the tool looks at `path` (relative, with `/`)."""
        if self.excluded is not None and self.excluded(path):
            return False
        if self.every or path.endswith(self.suffixes or ("\0",)):
            return True
        name = posixpath.basename(path)
        return any(fnmatch.fnmatchcase(name, glob) for glob in self.names) or any(
            fnmatch.fnmatchcase(path, glob) for glob in self.paths
        )


PYTHON_FILES = FilePattern(suffixes=(".py", ".pyi"))


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a tool: `root` is its working directory, `files` the shard, sorted, relative.

    `scratch` is a private, writable, empty directory outside `root`; caches belong there.
    `arguments` are the operator's extra arguments, `options` the tool's other settings.
    """

    root: Path
    files: tuple[str, ...]
    scratch: Path
    arguments: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def targets(self) -> list[str]:
        """The files as arguments: `./` in front, so that no name is taken for an option."""
        return [f"./{path}" for path in self.files]

    def relative(self, printed: str) -> str:
        """The workspace path of a path that the tool printed: absolute, `./…` or plain.

        Raises:
            ToolOutputError: the path lies outside the tree.
        """
        path = PurePosixPath(printed)
        if path.is_absolute():
            for root in (self.root, self.root.resolve()):
                if path.is_relative_to(root):
                    return path.relative_to(root).as_posix()
            raise ToolOutputError(f"it spoke of {printed!r}, which is outside the tree")
        clean = posixpath.normpath(printed)
        if clean.startswith("../"):
            raise ToolOutputError(f"it spoke of {printed!r}, which is outside the tree")
        return clean


@dataclass(frozen=True, slots=True)
class Completed:
    """A tool process that ended by itself; output decoded as UTF-8, bad bytes replaced."""

    exit_code: int
    stdout: str
    stderr: str

    def expect(self, *exit_codes: int) -> None:
        """Raise `ToolOutputError` with the end of what it printed unless it ended as expected."""
        if self.exit_code not in exit_codes:
            said = (self.stderr.strip() or self.stdout.strip())[-800:]
            raise ToolOutputError(f"{self._ending()}: {said or 'silent'}")

    def _ending(self) -> str:
        if self.exit_code >= 0:
            return f"it ended with exit code {self.exit_code}"
        number = -self.exit_code
        known = {each.value: f" ({each.name})" for each in signal.Signals}
        return f"it was killed by signal {number}{known.get(number, '')}"


@dataclass(frozen=True, slots=True)
class Sample:
    """A small tree and what the tool says of it: a test case and an example for the docs.

    `files` maps path to content; `expected` lists `(path, rule, line)` of every finding.
    """

    title: str
    files: dict[str, str]
    expected: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """A first guess of CPU time, until history knows better: seconds, seconds per KiB."""

    startup: float = 0.2
    per_kib: float = 0.001


@dataclass(frozen=True, slots=True)
class Tool:
    """An adapter.

    `command` gives the arguments that follow the executable, `parse` turns what it printed
    into findings; `parse` raises `ToolOutputError` for anything it does not understand, and
    never guesses. `config_files` are base names whose content changes the findings.
    `adapter_version` goes up whenever `command` or `parse` changes what is found.
    `fix_command` gives the arguments of the run that rewrites `job.files` in place.
    `needs_left_out` asks for the option `left_out`, globs of what the tree lacks.
    `url` is the tool's home, empty for the checks that are part of this program.
    `cacheable` is False where findings depend on something outside the snapshot.
    """

    name: str
    kind: Kind
    summary: str
    url: str
    files: FilePattern
    scope: Scope
    executable: Executable
    command: Callable[[Job], list[str]]
    parse: Callable[[Job, Completed], Iterable[Finding]]
    config_files: tuple[str, ...] = ()
    adapter_version: int = 1
    fix_command: Callable[[Job], list[str]] | None = None
    cost: Cost = Cost()
    cacheable: bool = True
    needs_left_out: bool = False
    samples: tuple[Sample, ...] = ()

    @property
    def is_shardable(self) -> bool:
        """True if its files may be split over several units."""
        return self.scope is not Scope.PROGRAM
