"""The identities that are compared: each names a finding, and equal names are one finding."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from drifting.alignment import split, squeezed
from pipeline_mcp.domain.finding import Finding

# The characters that CodeQL's action hashes from the beginning of a line on, to name a place.
_WINDOW = 100

Key = tuple[str, ...]
Text = Callable[[str], str]


def keys(findings: Sequence[Finding], texts: Mapping[str, str]) -> dict[str, list[Key]]:
    """For each identity the name of each finding, in their order."""
    lines = cache(lambda path: split(texts[path]))
    squeezes = cache(lambda path: tuple(map(squeezed, lines(path))))
    window = cache(lambda path, line: _window(squeezes(path), line))

    def content(one: Finding) -> str:
        known = squeezes(one.path)
        return known[one.line - 1] if 0 < one.line <= len(known) else ""

    named: dict[str, Callable[[Finding], Key]] = {
        "fingerprint": lambda one: (one.fingerprint,),
        "line number": lambda one: (one.tool, one.rule, one.path, str(one.line)),
        "line content and path": lambda one: (one.tool, one.rule, one.path, content(one)),
        "line content": lambda one: (one.tool, one.rule, content(one)),
        "next 100 characters": lambda one: (one.tool, one.rule, window(one.path, one.line)),
        "message and path": lambda one: (one.tool, one.rule, one.path, one.message),
    }
    return {name: [key(one) for one in findings] for name, key in named.items()}


def _window(lines: Sequence[str], line: int) -> str:
    """A hash of the next characters but white space, as far as lines begin in them."""
    text = ""
    for each in lines[max(line - 1, 0) :]:
        text += f"{each}\n"
        if len(text) >= _WINDOW:
            break
    return hashlib.sha256(text[:_WINDOW].encode("utf-8", "surrogatepass")).hexdigest()
