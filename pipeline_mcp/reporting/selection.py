"""Which findings the text shows, and in which order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline_mcp.domain.finding import SEVERITY_ORDER, Finding
from pipeline_mcp.domain.report import Report


@dataclass(frozen=True, slots=True)
class Selection:
    """The findings to show by file, in order; `left_out` new ones and `known` ones are not."""

    files: tuple[tuple[str, tuple[Finding, ...]], ...]
    left_out: int = 0
    known: int = 0

    @property
    def shown(self) -> int:
        """How many findings are shown."""
        return sum(len(findings) for _, findings in self.files)


def select(
    report: Report, *, limit: int | None = None, known: bool = False, worst_first: bool = False
) -> Selection:
    """Choose the new findings, and the known ones if asked; of too many the worst ones.

    Files come by name, and by their worst finding if `worst_first`.
    """
    wanted = report.findings if known else report.new_findings
    chosen = wanted
    if limit is not None and len(wanted) > limit:
        chosen = tuple(sorted(wanted, key=_severity)[:limit])
    by_path: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in chosen:
        by_path[finding.path].append(finding)
    files = [(path, _ordered(found, worst_first)) for path, found in sorted(by_path.items())]
    if worst_first:
        files.sort(key=lambda file: (_severity(file[1][0]), -len(file[1])))
    hidden = 0 if known else len(report.findings) - len(report.new_findings)
    return Selection(tuple(files), left_out=len(wanted) - len(chosen), known=hidden)


def _ordered(findings: Sequence[Finding], worst_first: bool) -> tuple[Finding, ...]:
    in_place = sorted(findings, key=lambda one: one.order)
    return tuple(sorted(in_place, key=_severity) if worst_first else in_place)


def _severity(finding: Finding) -> int:
    return SEVERITY_ORDER[finding.severity]
