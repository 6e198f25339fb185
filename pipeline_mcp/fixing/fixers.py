"""Which fixer may do what, and which ones rewrite files by a command of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline_mcp.domain.patch import FixStep
from pipeline_mcp.fixing.choosing import SPACES, fixer_rank
from pipeline_mcp.fixing.guards import Allowance
from pipeline_mcp.fixing.python_guard import Meaning
from pipeline_mcp.tools.contract import Kind, Tool

PROPOSAL = "proposal"
# Rules of ruff that are about the end of the last line.
_ABOUT_THE_END = frozenset({"W292"})
_SORTS_IMPORTS = frozenset({"isort"})


def allowance(
    fixer: str, steps: Iterable[FixStep], tools: Mapping[str, Tool], *, unsafe: bool = False
) -> Allowance:
    """What the fixer may do in steps of a session with those tools."""
    if fixer == PROPOSAL:
        return Allowance(Meaning.ANY, ends_last_line=True)
    if fixer == SPACES:
        return Allowance(Meaning.LAYOUT, ends_last_line=True)
    kind = tools[fixer].kind if fixer in tools else None
    if fixer in _SORTS_IMPORTS:
        return Allowance(Meaning.IMPORT_ORDER, ends_last_line=True)
    if kind is Kind.FORMAT:
        return Allowance(Meaning.LAYOUT, ends_last_line=True)
    if kind is Kind.SPELLING:
        return Allowance(Meaning.ANY if unsafe else Meaning.DOCUMENTATION)
    rules = {rule for step in steps for rule in step.rules}
    return Allowance(Meaning.ANY, ends_last_line=bool(rules & _ABOUT_THE_END))


def rewriters(tools: Mapping[str, Tool], steps: Iterable[FixStep]) -> list[Tool]:
    """The tools that rewrite whole files, in their order: formatters, and fixers of `steps`."""
    named = {step.fixer for step in steps if step.is_rewriting}
    found = [
        tool
        for tool in tools.values()
        if tool.fix_command is not None and (tool.kind is Kind.FORMAT or tool.name in named)
    ]
    return sorted(found, key=lambda tool: fixer_rank(tool.name))


def formatters(tools: Mapping[str, Tool]) -> frozenset[str]:
    """The tools whose findings speak of a file as a whole, wherever they point."""
    return frozenset(name for name, tool in tools.items() if tool.kind is Kind.FORMAT)
