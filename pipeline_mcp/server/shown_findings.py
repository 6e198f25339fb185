"""Findings as an agent sees them: worst first, as many as fit, and how to get the others."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Any

from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.query import FindingCounts, FindingPage
from pipeline_mcp.reporting.document import finding_document
from pipeline_mcp.reporting.sanitise import one_line, visible
from pipeline_mcp.server.size import clip, size

# The fields whose texts come from the repository, or from tools that quote it.
UNTRUSTED: tuple[str, ...] = (
    "message",
    "path",
    "rule",
    "fix",
    "error",
    "reason",
    "verdict",
    "notices",
)
UNTRUSTED += ("recommendations", "details", "fix_item", "excerpt", "tried", "done_when")

# In bytes.
_LONGEST_MESSAGE = 600
_LONGEST_PATH = 400
_LONGEST_RULE = 100
_MOST_COUNTS = 25


def shown_finding(finding: Finding) -> dict[str, Any]:
    """Its texts on one line, visible and capped."""
    return finding_document(finding) | {
        "rule": clip(visible(finding.rule), _LONGEST_RULE),
        "message": clip(one_line(finding.message), _LONGEST_MESSAGE),
        "path": clip(visible(finding.path), _LONGEST_PATH),
    }


def shown_counts(counts: FindingCounts) -> dict[str, Any]:
    """The counts, of rules and tools the most frequent ones."""
    return {
        "total": counts.total,
        "new": counts.new,
        "by_severity": counts.by_severity,
        "by_tool": _most(counts.by_tool),
        "by_rule": _most(counts.by_rule),
    }


def fitting(page: FindingPage, *, room: int) -> tuple[FindingPage, list[dict[str, Any]]]:
    """As many of the page's findings as take at most `room` bytes, at least one, and as shown."""
    shown: list[dict[str, Any]] = []
    taken = 0
    for finding in page.findings:
        document = shown_finding(finding)
        taken += size(document) + 1
        if shown and taken > room:
            break
        shown.append(document)
    return page.first(len(shown)), shown


def _most(counted: dict[str, int]) -> dict[str, int]:
    shown: Counter[str] = Counter()
    for name, number in islice(counted.items(), _MOST_COUNTS):
        shown[clip(visible(name), _LONGEST_RULE)] += number
    others = sum(counted.values()) - shown.total()
    return {**shown, "(others)": others} if others else dict(shown)
