"""What a tool says at a place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from pipeline_mcp.domain.known import known_fields


class Severity(StrEnum):
    """How much a finding matters, worst first."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


SEVERITY_ORDER = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Edit:
    """A span of a file replaced by `text`; lines and columns count from 1, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement of one tool about one place.

    `path` is relative to the workspace, with `/`; it is empty when the tool speaks of the
    whole program. Lines and columns count from 1, columns in characters; 0 means "not said".
    `end_column` is exclusive. An adapter leaves `fingerprint` empty: `scanning` fills it.
    `known_by` says by what a finding is known that is not new.
    """

    tool: str
    rule: str
    severity: Severity
    message: str
    path: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    fixable: bool = False
    fingerprint: str = ""
    is_new: bool = True
    known_by: str = ""
    edits: tuple[Edit, ...] = ()

    @property
    def order(self) -> tuple[Any, ...]:
        """The one order in which findings are stored and shown; it is total."""
        place = (self.path, self.line, self.column, self.end_line, self.end_column)
        return (*place, self.tool, self.rule, self.message)

    @property
    def urgency(self) -> tuple[Any, ...]:
        """The order in which one wants to hear of findings: new ones first, worst first."""
        return (not self.is_new, SEVERITY_ORDER[self.severity], *self.order)


def finding_to_dict(finding: Finding) -> dict[str, Any]:
    """A JSON-ready picture of `finding`, edits included."""
    return asdict(finding)


def finding_from_dict(data: dict[str, Any]) -> Finding:
    """The inverse of `finding_to_dict`; keys that this version does not know are left out."""
    known = known_fields(Finding, data)
    known["severity"] = Severity(known["severity"])
    known["edits"] = edits_from_dicts(known.get("edits"))
    return Finding(**known)


def edits_from_dicts(data: Iterable[dict[str, Any]] | None) -> tuple[Edit, ...]:
    """The edits as they are stored with a finding; None stands for none."""
    return tuple(Edit(**known_fields(Edit, edit)) for edit in data or ())
