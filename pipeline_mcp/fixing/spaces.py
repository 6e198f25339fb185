"""Edits for findings about white space at the ends of lines and files, of whatever tool."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pipeline_mcp.domain.finding import Edit, Finding

_TRAILING = re.compile(r"[ \t]+$")
_UNUSED_IGNORE = re.compile(r"[ \t]*#[ \t]*type:[ \t]*ignore(?:\[[^\]]*\])?[ \t]*$")

# The file's lines, and the finding.
Fixer = Callable[[Sequence[str], Finding], tuple[Edit, ...]]


def edits_for(lines: Sequence[str], finding: Finding) -> tuple[Edit, ...]:
    """What would end the finding in a file of these lines; nothing where it is something else."""
    fixer = _FIXERS.get((finding.tool, finding.rule))
    return fixer(lines, finding) if fixer else ()


def is_about_spaces(finding: Finding) -> bool:
    """True if `edits_for` knows findings of that rule."""
    return (finding.tool, finding.rule) in _FIXERS


def _strip(pattern: re.Pattern[str]) -> Fixer:
    def strip(lines: Sequence[str], finding: Finding) -> tuple[Edit, ...]:
        if not 1 <= finding.line <= len(lines):
            return ()
        match = pattern.search(lines[finding.line - 1])
        if match is None:
            return ()
        line = finding.line
        return (Edit(line, match.start() + 1, line, match.end() + 1, ""),)

    return strip


def _end_with_newline(lines: Sequence[str], finding: Finding) -> tuple[Edit, ...]:
    if not lines[-1]:
        return ()
    end = len(lines[-1]) + 1
    return (Edit(len(lines), end, len(lines), end, "\n"),)


def _drop_last_lines(lines: Sequence[str], finding: Finding) -> tuple[Edit, ...]:
    """Remove the empty lines at the end of a file, which has something before them."""
    last = len(lines)
    while last > 1 and not lines[last - 1].strip():
        last -= 1
    if last + 1 >= len(lines) or not lines[last - 1].strip():
        return ()
    return (Edit(last + 1, 1, len(lines), len(lines[-1]) + 1, ""),)


_STRIP = _strip(_TRAILING)
_FIXERS: dict[tuple[str, str], Fixer] = {
    ("flake8", "W291"): _STRIP,
    ("flake8", "W293"): _STRIP,
    ("flake8", "W292"): _end_with_newline,
    ("flake8", "W391"): _drop_last_lines,
    ("pylint", "trailing-whitespace"): _STRIP,
    ("pylint", "missing-final-newline"): _end_with_newline,
    ("pylint", "trailing-newlines"): _drop_last_lines,
    ("yamllint", "trailing-spaces"): _STRIP,
    ("yamllint", "new-line-at-end-of-file"): _end_with_newline,
    ("mypy", "unused-ignore"): _strip(_UNUSED_IGNORE),
}
