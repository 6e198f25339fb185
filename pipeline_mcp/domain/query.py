"""What one may ask of a session's findings, and what one gets."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline_mcp.domain.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """All conditions must hold; empty means "any". `paths` are globs in which `*` crosses `/`."""

    tools: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    paths: tuple[str, ...] = ()
    new_only: bool = False


@dataclass(frozen=True, slots=True)
class FindingCounts:
    """How many findings match in all, however few a page shows; most first, severities worst first.

    A rule's name is that of its tool and its own: two tools may have a rule of one name.
    """

    total: int
    new: int
    by_severity: dict[str, int]
    by_tool: dict[str, int]
    by_rule: dict[str, int]


@dataclass(frozen=True, slots=True)
class FindingPage:
    """Findings in their order; `cursor` asks for the next page and is None on the last one.

    `cursors` has for each finding the cursor of a page that begins after it. `arrived` is how many
    more findings there are than when the first page was asked for; some may belong before this one.
    """

    findings: tuple[Finding, ...]
    cursors: tuple[str, ...]
    counts: FindingCounts
    cursor: str | None
    arrived: int = 0

    def first(self, number: int) -> FindingPage:
        """The page with at most `number` findings."""
        if number >= len(self.findings):
            return self
        cursor = self.cursors[number - 1] if number else self.cursor
        return replace(
            self, findings=self.findings[:number], cursors=self.cursors[:number], cursor=cursor
        )
