"""What to fix first: the priorities of the older system, security before everything else."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from pipeline_mcp.domain.finding import SEVERITY_ORDER, Finding
from pipeline_mcp.domain.report import Report
from pipeline_mcp.reporting.sanitise import one_line, visible
from pipeline_mcp.reporting.verdict import failed_tools, tool_trouble
from pipeline_mcp.reporting.wording import count, place
from pipeline_mcp.tools.contract import Kind
from pipeline_mcp.tools.registry import TOOLS


class Category(IntEnum):
    """What a finding is about; the number is its priority, 1 first."""

    SECURITY = 1
    DUPLICATES = 2
    CONNECTIONS = 3
    QUALITY = 4


@dataclass(frozen=True, slots=True)
class PriorityFix:
    """All findings of one rule as one piece of work; `fix` says where it starts."""

    category: Category
    fix: str


_OWN_CHECKS = {"duplicates": Category.DUPLICATES, "imports": Category.CONNECTIONS}
# flake8-bandit's rules, under the names that ruff and flake8 give them.
_SECURITY_RULE = re.compile(r"S\d{3}")
# A rule or file is worth a word of its own from this many findings and this share on.
_NOTABLE_FINDINGS = 5
_NOTABLE_SHARE = 0.25


def category(finding: Finding) -> Category:
    """What the finding is about, by its tool, or by its rule where the tool does several things."""
    tool = TOOLS.get(finding.tool)
    if (tool and tool.kind is Kind.SECURITY) or _SECURITY_RULE.fullmatch(finding.rule):
        return Category.SECURITY
    return _OWN_CHECKS.get(finding.tool, Category.QUALITY)


def priority_fixes(findings: Sequence[Finding]) -> list[PriorityFix]:
    """One entry per tool and rule, most urgent first: category, worst severity, number."""
    groups: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.tool, finding.rule].append(finding)

    def urgency(group: list[Finding]) -> tuple[int, int, int]:
        worst = min(SEVERITY_ORDER[finding.severity] for finding in group)
        return category(group[0]), worst, -len(group)

    return [_fix(group) for group in sorted(groups.values(), key=urgency)]


def recommendations(report: Report) -> list[str]:
    """What the facts suggest doing next, in order; nothing where there is nothing to do."""
    troubles = [
        f"{tool_trouble(run)}. Its findings are missing; see to it and run again."
        for run in failed_tools(report)
    ]
    new = report.new_findings
    return [*troubles, *_on_security(new), *_on_fixes(new), *_on_rule(new), *_on_file(new)]


def _fix(group: Sequence[Finding]) -> PriorityFix:
    first = group[0]
    many = f"{count(len(group), 'finding')} in {count(len({one.path for one in group}), 'file')}"
    rule = f"{visible(first.tool)} {visible(first.rule)}"
    fix = f"{rule}: {many}, first at {place(first)}: {one_line(first.message)}"
    return PriorityFix(category(first), fix)


def _on_security(new: Sequence[Finding]) -> list[str]:
    urgent = Counter(one.tool for one in new if category(one) is Category.SECURITY)
    if not urgent:
        return []
    by_tool = ", ".join(f"{visible(tool)} {number}" for tool, number in sorted(urgent.items()))
    return [f"Look at {count(urgent.total(), 'security finding')} first ({by_tool})."]


def _on_fixes(new: Sequence[Finding]) -> list[str]:
    fixable = Counter(one.tool for one in new if one.fixable)
    if not fixable:
        return []
    tools = ", ".join(visible(tool) for tool in sorted(fixable))
    return [f"{tools} can fix {fixable.total():,} of {count(len(new), 'new finding')} safely."]


def _on_rule(new: Sequence[Finding]) -> list[str]:
    common = Counter((one.tool, one.rule) for one in new).most_common(1)
    for (tool, rule), number in common:
        if _is_notable(number, len(new)):
            name = f"{visible(tool)} {visible(rule)}"
            return [f"One rule, {name}, makes {number:,} of {count(len(new), 'new finding')}."]
    return []


def _on_file(new: Sequence[Finding]) -> list[str]:
    by_path = Counter(one.path for one in new if one.path)
    for path, number in by_path.most_common(1):
        if len(by_path) > 1 and _is_notable(number, len(new)):
            return [f"{visible(path)} alone has {number:,} of {count(len(new), 'new finding')}."]
    return []


def _is_notable(number: int, total: int) -> bool:
    return number >= _NOTABLE_FINDINGS and number >= _NOTABLE_SHARE * total
