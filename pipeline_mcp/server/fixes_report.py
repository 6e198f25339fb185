"""What an answer says of fixes besides the report: the application, and how to go on."""

from __future__ import annotations

from typing import Any

from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import SessionView
from pipeline_mcp.reporting.application import application_document
from pipeline_mcp.reporting.instructions import Instruction, instructions
from pipeline_mcp.reporting.older_fixes import fixes_details, fixes_processed, fixes_summary
from pipeline_mcp.reporting.sanitise import one_line, visible
from pipeline_mcp.sessions.applying import latest
from pipeline_mcp.sessions.report import report, sources

_MOST_PROCESSED = 20
_MOST_INSTRUCTIONS = 8
_MOST_FILES = 20


def fixes_report(session: SessionView, summary: dict[str, Any], *, in_full: bool) -> dict[str, Any]:
    """`application`: what was applied or undone last; `in_full` with the older system's keys.

    `summary` is the report's.
    """
    found: dict[str, Any] = {"application": application_results(session.session_id)}
    if found["application"] is None and summary["fixed"]:
        found["next_step"] = f"Call session_apply with session_id={session.session_id}."
    plan = session.request.fix
    facts = report(session.session_id) if in_full else None
    if plan is None or facts is None or facts.fixes is None:
        return found
    processed = fixes_processed(facts, facts.fixes, most=_MOST_PROCESSED)
    return found | {
        "summary": summary | fixes_summary(facts, facts.fixes),
        "details": fixes_details(facts, facts.fixes, plan),
        "session_results": {"fixes_processed": processed},
        "agent_instructions": agent_instructions(facts),
    }


def application_results(session_id: str) -> dict[str, Any] | None:
    """The session's latest application as a call tells it; None if there was none."""
    done = latest(session_id)
    if done is None or done.wish.dry_run:
        return None
    document = application_document(done)
    document["files"] = document["files"][:_MOST_FILES]
    return document


def agent_instructions(
    facts: Report, *, most: int | None = _MOST_INSTRUCTIONS
) -> list[dict[str, Any]]:
    """How to fix the worst of what no tool has fixed, each sufficient alone; None for all of it."""
    found = instructions(facts, sources(facts.session_id), limit=most)
    return [_instruction(one) for one in found]


def _instruction(one: Instruction) -> dict[str, Any]:
    finding = one.finding
    return {
        "tool": visible(finding.tool),
        "rule": visible(finding.rule),
        "path": visible(finding.path),
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "message": one_line(finding.message),
        "excerpt": list(one.excerpt),
        "documentation": one.documentation,
        "tried": one.tried,
        "done_when": one.verification,
    }
