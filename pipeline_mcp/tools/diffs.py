"""Where the unified diffs that a formatter prints begin to change their files."""

from __future__ import annotations

import re

_BREAK = r"(?:\r\n|\r|\n)"
_STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S*"

# Not bound to the start of a line: a diff may lack its last line break. The name stands twice and
# may hold anything; its bound (Linux takes no longer path) keeps the search linear.
_FIRST_HUNK = re.compile(
    rf"--- (?P<name>.{{1,4096}}?)(?::before)?\t{_STAMP}{_BREAK}"
    rf"\+\+\+ (?P=name)(?::after)?\t{_STAMP}{_BREAK}"
    rf"@@ -(?P<start>\d+)\S* \+\S+ @@{_BREAK}"
    rf"(?P<context>(?: [^\r\n]*{_BREAK})*)",
    re.DOTALL,
)


def first_changes(printed: str) -> dict[str, int]:
    """The first line, in the file as it is, that the diff of each name changes.

    Names are as the tool printed them, without isort's `:before`.
    """
    lines: dict[str, int] = {}
    for hunk in _FIRST_HUNK.finditer(printed):
        unchanged = len(re.findall(_BREAK, hunk["context"]))
        lines.setdefault(hunk["name"], max(1, int(hunk["start"]) + unchanged))
    return lines
