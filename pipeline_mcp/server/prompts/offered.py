"""The prompts in the order in which clients list them, and what completes their arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.prompts import Prompt
from mcp.types import Completion

from pipeline_mcp.domain.access import Principal
from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.query import FindingFilter
from pipeline_mcp.errors import UnknownSessionError
from pipeline_mcp.reporting.sanitise import visible
from pipeline_mcp.server.prompts.fixing import fix_my_findings
from pipeline_mcp.server.prompts.risk import review_change_risk
from pipeline_mcp.server.prompts.rules import explain_rule
from pipeline_mcp.server.resources.completion import session_ids, values
from pipeline_mcp.sessions.access import expect_access
from pipeline_mcp.sessions.findings import findings
from pipeline_mcp.sessions.listing import sessions
from pipeline_mcp.tools.registry import TOOLS

_TITLES: dict[Callable[..., str], str] = {
    fix_my_findings: "Fix my findings",
    review_change_risk: "Review this change's risk",
    explain_rule: "Explain this rule",
}
NAMES = frozenset(prompt.__name__ for prompt in _TITLES)
# To complete a path or a rule it is enough to know some of them.
_MOST_LOOKED_AT = 1_000


def add_prompts(server: MCPServer[Any]) -> None:
    """Let the server offer all of them."""
    for prompt, title in _TITLES.items():
        server.add_prompt(Prompt.from_function(prompt, title=title))


def complete_argument(
    argument: str, typed: str, others: Mapping[str, str], principal: Principal
) -> Completion:
    """What may follow `typed` in this argument; `others` are the arguments that are known."""
    if argument == "session_id":
        return session_ids(typed, principal)
    if argument == "tool":
        return values(name for name in TOOLS if name.startswith(typed))
    if argument == "path":
        found = _findings(others.get("session_id"), FindingFilter(), principal)
        return _beginning(typed, [one.path for one in found])
    if argument == "rule" and others.get("tool") in TOOLS:
        tool = others["tool"]
        found = _findings(None, FindingFilter(tools=(tool,)), principal)
        known = [rule for sample in TOOLS[tool].samples for _, rule, _ in sample.expected]
        return _beginning(typed, [*(one.rule for one in found), *known])
    return values(())


def _beginning(typed: str, words: list[str]) -> Completion:
    shown = {visible(word) for word in words if word}
    return values(sorted(word for word in shown if word.startswith(typed)))


def _findings(
    session_id: str | None, filters: FindingFilter, principal: Principal
) -> tuple[Finding, ...]:
    """Of this session, or of the caller's latest one."""
    if not session_id:
        latest, _ = sessions(limit=1, principal=principal)
        if not latest:
            return ()
        session_id = latest[0].session_id
    try:
        expect_access(session_id, principal)
        return findings(session_id, filters, limit=_MOST_LOOKED_AT).findings
    except UnknownSessionError:
        return ()
