"""The prompt "explain this rule"."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipeline_mcp.domain.report import Report
from pipeline_mcp.reporting.sanitise import visible
from pipeline_mcp.reporting.wording import count
from pipeline_mcp.server.prompts.facts import (
    below,
    data_block,
    refuse,
    saying_what_is_wrong,
    session_report,
)
from pipeline_mcp.tools.contract import Tool
from pipeline_mcp.tools.registry import TOOLS

_LONGEST_RULE = 200
_MOST_EXAMPLES = 5
_LONGEST_SAMPLE = 1_500

_TASK = """\
Explain the rule {rule} of {tool} to somebody who has just met it: what it reports, what goes \
wrong if one ignores it, how to fix it, and when one may rightly leave it. Show a short example \
before and after. If you are not sure what this rule says, read the documentation and say so; do \
not guess."""


def explain_rule(
    tool: Annotated[str, Field(description="The tool whose rule it is, such as ruff.")],
    rule: Annotated[str, Field(description="The rule as the tool calls it, such as F401.")],
) -> str:
    """Explain what a rule of a tool means, why it matters, and how it is fixed in this code."""
    if tool not in TOOLS:
        raise refuse("tool", f"send one of {', '.join(TOOLS)}")
    rule = visible(rule.strip())[:_LONGEST_RULE]
    if not rule:
        raise refuse("rule", "send the rule as the tool calls it, such as F401")
    return saying_what_is_wrong(lambda: _text(TOOLS[tool], rule, session_report(None)))


def _text(tool: Tool, rule: str, latest: Report | None) -> str:
    parts = [
        _TASK.format(rule=rule, tool=tool.name),
        f"{tool.name}: {tool.summary} Documentation: {_documentation(tool)}",
        *_sample(tool, rule),
        *_met(tool, rule, latest),
    ]
    return "\n\n".join(parts)


def _documentation(tool: Tool) -> str:
    return tool.url or "it is a check of pipeline-mcp itself; `pipeline-mcp tools` describes it"


def _sample(tool: Tool, rule: str) -> list[str]:
    """Code of our own in which the tool is known to report the rule."""
    for sample in tool.samples:
        for path, expected, line in sample.expected:
            text = sample.files.get(path, "")
            if expected == rule and 0 < len(text) <= _LONGEST_SAMPLE:
                place = f" on line {line}" if line else ""
                return [f"In this {path} the tool reports it{place}:\n\n```\n{text.rstrip()}\n```"]
    return []


def _met(tool: Tool, rule: str, latest: Report | None) -> list[str]:
    """Where the caller's own code has it."""
    found = [
        one
        for one in below(latest.findings if latest else (), None)
        if one.tool == tool.name and visible(one.rule) == rule
    ]
    if latest is None or not found:
        return []
    block, shown = data_block(found[:_MOST_EXAMPLES])
    version = next((run.version for run in latest.tools if run.tool == tool.name), "unknown")
    return [
        f"{tool.name} {version} reported it {count(len(found), 'time')} in session "
        f"{latest.session_id}; {shown} of them follow. Show the fix for one of them.",
        block,
    ]
