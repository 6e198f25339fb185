"""What no fix may do to a file, whatever the tools say of the result: pure."""

from __future__ import annotations

import posixpath
from collections.abc import Collection
from dataclasses import dataclass

from pipeline_mcp.fixing import data_guard, python_guard
from pipeline_mcp.fixing.document import BOM, LINE_END
from pipeline_mcp.fixing.python_guard import Meaning, suppressions

_PYTHON = (".py", ".pyi")
_NOTEBOOK = ".ipynb"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one fixer may do: how much of a program it may change, and if it may end a last line
    that had no end."""

    meaning: Meaning = Meaning.ANY
    ends_last_line: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What a fixer made of one file."""

    path: str
    old: bytes
    new: bytes


def objection(
    change: Change, allowance: Allowance, *, configuration: Collection[str] = (), most_bytes: int
) -> str | None:
    """Why the change is refused, in one clause; None if nothing speaks against it.

    `configuration` are base names of files that configure the session's tools, `most_bytes` is
    how large a file may be. The first objection counts.
    """
    name = posixpath.basename(change.path)
    return (
        _about_size(change, most_bytes)
        or _about_bytes(change, allowance)
        or _about_suppressions(change)
        or _about_python(change, allowance)
        or data_guard.objection(
            change.path, change.old, change.new, is_configuration=name in configuration
        )
    )


def _about_size(change: Change, most_bytes: int) -> str | None:
    if len(change.new) > most_bytes:
        return f"the file would have more than {most_bytes} bytes"
    return None


def _about_bytes(change: Change, allowance: Allowance) -> str | None:
    old, new = change.old, change.new
    if change.path.endswith(_NOTEBOOK):
        return "notebooks are left alone"
    if b"\0" in old or b"\0" in new:
        return "the file is binary"
    if old.startswith(BOM) != new.startswith(BOM):
        return "it would change the byte-order mark"
    if _is_utf8(old) and not _is_utf8(new):
        return "it would change the encoding"
    if _line_ends(old) and _line_ends(new) and _line_ends(old) != _line_ends(new):
        return "it would change the line ends"
    return _about_the_end(old, new, allowance)


def _about_the_end(old: bytes, new: bytes, allowance: Allowance) -> str | None:
    if not new:
        return None
    had, has = _ends_its_last_line(old), _ends_its_last_line(new)
    if had and not has:
        return "it would take the end of the last line away"
    if has and not had and not allowance.ends_last_line:
        return "it would end the last line, which had no end"
    return None


def _about_suppressions(change: Change) -> str | None:
    if suppressions(change.new) > suppressions(change.old):
        return "it would tell a tool to look away"
    return None


def _about_python(change: Change, allowance: Allowance) -> str | None:
    if not change.path.endswith(_PYTHON):
        return None
    return python_guard.objection(change.old, change.new, allowance.meaning)


def _line_ends(content: bytes) -> frozenset[str]:
    return frozenset(LINE_END.findall(content.decode("latin-1")))


def _ends_its_last_line(content: bytes) -> bool:
    return not content or content.endswith((b"\n", b"\r"))


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
