"""How a commit of ours is known, without asking who made it: it says itself what is in it.

The trailers name the session and the tree. Whoever changes what is in the commit, or adds another
one on top, has made something that is not ours and is never written over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SESSION, _TREE = "Pipeline-Session", "Pipeline-Tree"
_SESSION_LINE = re.compile(rf"{_SESSION}: pipeline-\d+-[0-9a-f]{{8}}")


@dataclass(frozen=True, slots=True)
class Known:
    """What a commit's own text says: its tree, its parents, and whether it is one of ours."""

    tree: str
    parents: tuple[str, ...]
    is_ours: bool


def trailers(session_id: str, tree: str) -> str:
    """The last lines of our messages."""
    return f"{_SESSION}: {session_id}\n{_TREE}: {tree}\n"


def known(raw: bytes) -> Known:
    """Read a commit as `git cat-file commit` gives it."""
    head, _, message = raw.decode("utf-8", "replace").partition("\n\n")
    rows = [row.partition(" ") for row in head.split("\n")]
    tree = next((value for name, _, value in rows if name == "tree"), "")
    said = message.strip().rpartition("\n\n")[2].split("\n")
    is_ours = any(map(_SESSION_LINE.fullmatch, said)) and f"{_TREE}: {tree}" in said
    return Known(tree, tuple(value for name, _, value in rows if name == "parent"), is_ours)
