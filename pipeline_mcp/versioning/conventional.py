"""Conventional commits: what a message says of the change, and the step it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline_mcp.reporting.sanitise import one_line
from pipeline_mcp.versioning.history import Commit
from pipeline_mcp.versioning.scheme import Part, largest

_HEADER = re.compile(r"([A-Za-z]{1,30})(?:\(([^()\n]{1,60})\))?(!)?: +(\S.*)")
_FOOTER = re.compile(r"^BREAKING[ -]CHANGE: +(\S.*)", re.MULTILINE)
# Sections of Keep a Changelog; other types (docs, ci, test, style, chore …) are for nobody outside.
_SECTIONS = {
    "feat": "Added",
    "fix": "Fixed",
    "perf": "Changed",
    "refactor": "Changed",
    "revert": "Changed",
    "deprecate": "Deprecated",
    "remove": "Removed",
    "security": "Security",
}
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Change:
    """What one commit did: `breaking` says what it breaks, or is None. All texts are one line."""

    sha: str
    type: str
    scope: str | None
    text: str
    breaking: str | None

    @property
    def section(self) -> str | None:
        """Where it stands in a changelog; None if it is for nobody outside the project."""
        known = _SECTIONS.get(self.type)
        return known or ("Changed" if self.breaking is not None else None)


def change_of(commit: Commit) -> Change | None:
    """What a conventional message says, or None where the message is of another kind."""
    header = _HEADER.fullmatch(commit.subject.strip())
    if header is None:
        return None
    kind, scope, mark, text = header.groups()
    footer = _FOOTER.search(commit.body)
    said = footer[1] if footer else text if mark else None
    breaking = None if said is None else _short(said)
    return Change(commit.sha, kind.lower(), scope and _short(scope), _short(text), breaking)


def changes_of(commits: Iterable[Commit]) -> list[Change]:
    """Those of the commits that are conventional, in their order."""
    return [change for commit in commits if (change := change_of(commit)) is not None]


def asked_step(changes: Iterable[Change]) -> Part | None:
    """Major for a break, minor for a feature, patch for what else is told outside."""
    return largest([_step(change) for change in changes if change.section is not None])


def _step(change: Change) -> Part:
    if change.breaking is not None:
        return Part.MAJOR
    return Part.MINOR if change.type == "feat" else Part.PATCH


def _short(text: str) -> str:
    return one_line(text)[:_LONGEST]
