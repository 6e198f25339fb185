"""Suppressions: findings that somebody has decided not to count, for a reason and a while."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from typing import Any

from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.known import known_fields

# How `Finding.known_by` begins where a suppression covers it.
SUPPRESSED = "suppressed: "


@dataclass(frozen=True, slots=True)
class Suppression:
    """Findings of `tool` and `rule` in the files that the glob `path` fits; empty is "any".

    `owner` answers for the `reason`; `expires` is the last day it holds, as `YYYY-MM-DD`.
    """

    reason: str
    owner: str
    tool: str = ""
    rule: str = ""
    path: str = ""
    fingerprint: str = ""
    expires: str = ""

    def covers(self, finding: Finding) -> bool:
        """True if the finding is one of those that are meant."""
        return (
            self.tool in ("", finding.tool)
            and self.rule in ("", finding.rule)
            and self.fingerprint in ("", finding.fingerprint)
            and (not self.path or fnmatch.fnmatchcase(finding.path, self.path))
        )

    @property
    def subject(self) -> str:
        """What it is about, in a few words."""
        what = " ".join(filter(None, (self.tool, self.rule, self.fingerprint))) or "everything"
        return f"{what} in {self.path}" if self.path else what


def suppression_from_dict(data: dict[str, Any]) -> Suppression:
    """The inverse of `asdict`; keys that this version does not know are left out."""
    return Suppression(**known_fields(Suppression, data))
