"""A patch's text as `git apply` takes it: exact to the byte, in UTF-8 whatever the files are."""

from __future__ import annotations

import base64
import difflib
import hashlib
import string
import zlib
from collections.abc import Iterable, Iterator

from pipeline_mcp.fixing.guards import Change

_CONTEXT_LINES = 3
_NO_NEWLINE = "\\ No newline at end of file\n"
# Of each line of a binary patch: a letter says the number, A is 1 and a is 27.
_BINARY_LINE_BYTES = 52
_GIT_MODES = {0o644: "100644", 0o755: "100755"}


def git_diff(changes: Iterable[tuple[Change, int]]) -> str:
    """The diff of all changes, each with its file's mode; the order is kept.

    Files that are not UTF-8, or hold a NUL, are given as binary patches.
    """
    return "".join(_file(change, mode) for change, mode in changes)


def _file(change: Change, mode: int) -> str:
    old_name, new_name = _quoted(f"a/{change.path}"), _quoted(f"b/{change.path}")
    hashes = f"{_blob_name(change.old)}..{_blob_name(change.new)}"
    head = f"diff --git {old_name} {new_name}\nindex {hashes} {_GIT_MODES[mode]}\n"
    try:
        old, new = _text(change.old), _text(change.new)
    except ValueError:
        return head + _binary(change)
    # git takes a name with a space to end at a tab.
    tab = "\t" if " " in change.path else ""
    return f"{head}--- {old_name}{tab}\n+++ {new_name}{tab}\n" + "".join(_hunks(old, new))


def _text(content: bytes) -> str:
    if b"\0" in content:
        raise ValueError("binary")
    return content.decode("utf-8")


def _lines(text: str) -> list[str]:
    """Lines as git counts them: only LF ends one."""
    lines = text.split("\n")
    last = lines.pop()
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def _hunks(old: str, new: str) -> Iterator[str]:
    before, after = _lines(old), _lines(new)
    matcher = difflib.SequenceMatcher(None, before, after)
    for group in matcher.get_grouped_opcodes(_CONTEXT_LINES):
        i1, i2, j1, j2 = group[0][1], group[-1][2], group[0][3], group[-1][4]
        yield f"@@ -{_range(i1, i2)} +{_range(j1, j2)} @@\n"
        for tag, a1, a2, b1, b2 in group:
            if tag == "equal":
                yield from (_line(" ", line) for line in before[a1:a2])
                continue
            yield from (_line("-", line) for line in before[a1:a2])
            yield from (_line("+", line) for line in after[b1:b2])


def _range(start: int, end: int) -> str:
    """An empty range begins after the line before it."""
    count = end - start
    return f"{start + 1 if count else start},{count}"


def _line(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n{_NO_NEWLINE}"


def _binary(change: Change) -> str:
    forward, backward = _literal(change.new), _literal(change.old)
    return f"GIT binary patch\n{forward}\n{backward}\n"


def _literal(content: bytes) -> str:
    packed = zlib.compress(content)
    lines = [f"literal {len(content)}\n"]
    for start in range(0, len(packed), _BINARY_LINE_BYTES):
        part = packed[start : start + _BINARY_LINE_BYTES]
        letter = string.ascii_letters.swapcase()[len(part) - 1]
        lines.append(f"{letter}{base64.b85encode(part, pad=True).decode()}\n")
    return "".join(lines)


def _blob_name(content: bytes) -> str:
    """git's own name of a content: no secret hangs on it."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _quoted(name: str) -> str:
    """A name as git prints it: in C's quotes where it holds anything but plain characters."""
    raw = name.encode("utf-8", "surrogateescape")
    if all(0x20 <= byte < 0x7F and byte not in b'"\\' for byte in raw):
        return name
    return '"' + "".join(_escaped(byte) for byte in raw) + '"'


def _escaped(byte: int) -> str:
    known = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}
    if byte in known:
        return f"\\{known[byte]}"
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"
