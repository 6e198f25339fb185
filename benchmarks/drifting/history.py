"""A repository's history as the benchmark reads it: commits, their files, and what changed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SUFFIXES = (".py", ".pyi", ".rst", ".md")

_HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_FILE, _EXECUTABLE = "100644", "100755"


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit and its files: path to the name of their blob."""

    commit: str
    blobs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Span:
    """Changed lines, from 1, the ends exclusive; one of the two may be empty."""

    first: int
    last: int
    new_first: int
    new_last: int


class History:
    """The objects of one git directory; nothing is checked out."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.hunks = cache(self._hunks)

    def commits(self, last: str, count: int) -> list[str]:
        """The newest `count` first-parent commits up to `last` that touch Python, oldest first."""
        said = self._git("log", "--first-parent", f"-n{count}", "--format=%H", last, "--", "*.py")
        return said.decode().split()[::-1]

    def revision(self, commit: str) -> Revision:
        """The commit with those of its files that the benchmark looks at."""
        blobs = {}
        for line in filter(None, self._git("ls-tree", "-r", "-z", commit).split(b"\0")):
            facts, _, path = line.decode("utf-8", "surrogateescape").partition("\t")
            mode, _kind, blob = facts.split()
            if mode in (_FILE, _EXECUTABLE) and path.endswith(SUFFIXES) and path.isprintable():
                blobs[path] = blob
        return Revision(commit, blobs)

    def renames(self, old: Revision, new: Revision) -> dict[str, str]:
        """Old paths to new ones, as git sees it."""
        said = self._git(
            *("diff", "-M", "-l0", "--diff-filter=R", "--name-status", "-z"),
            *(old.commit, new.commit),
        )
        words = [word.decode("utf-8", "surrogateescape") for word in said.split(b"\0")]
        return dict(zip(words[1::3], words[2::3], strict=False))

    def texts(self, blobs: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """The content of each blob."""
        asked = "".join(f"{blob}\n" for blob in blobs).encode()
        answer = self._git("cat-file", "--batch", given=asked)
        at = 0
        for blob in blobs:
            end = answer.index(b"\n", at)
            size = int(answer[at:end].split()[2])
            yield blob, answer[end + 1 : end + 1 + size]
            at = end + 2 + size

    def _hunks(self, old: str, new: str) -> tuple[Span, ...]:
        """What git says has changed between two blobs, white space aside."""
        said = self._git("diff", "-w", "-U0", "--histogram", "--text", old, new)
        return tuple(_span(*found.groups()) for found in _HUNK.finditer(said))

    def _git(self, *arguments: str, given: bytes = b"") -> bytes:
        return subprocess.run(
            ["git", f"--git-dir={self._directory}", "--no-pager", *arguments],
            input=given,
            capture_output=True,
            check=True,
        ).stdout


def _span(old: bytes, old_count: bytes | None, new: bytes, new_count: bytes | None) -> Span:
    """git names the line before where a side is empty."""
    lines, new_lines = int(old_count or b"1"), int(new_count or b"1")
    first = int(old) + (lines == 0)
    new_first = int(new) + (new_lines == 0)
    return Span(first, first + lines, new_first, new_first + new_lines)
