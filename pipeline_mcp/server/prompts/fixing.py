"""The prompt "fix my findings"."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import FINAL_STATUSES
from pipeline_mcp.reporting.sanitise import visible
from pipeline_mcp.reporting.wording import count
from pipeline_mcp.server.prompts.facts import (
    below,
    data_block,
    saying_what_is_wrong,
    session_report,
    tool_names,
)
from pipeline_mcp.server.resources.address import Document, address

_START = """\
Call `pipeline_run_full` on the workspace that I am working in, with wait_seconds=45, and follow \
it with `pipeline_status` until it has ended. Then fix its new findings, most severe first."""

_RULES = """\
How to work:
- Go file by file, errors before warnings. Read the code around a finding before you change it, \
and fix its cause. Keep what the code does; change nothing else.
- Silence no rule (no `noqa`, no `type: ignore`, no change of a tool's configuration) unless the \
finding is wrong. Then say so, and why.
- A finding with "fixable": true can be fixed by its own tool."""

_CHECK = """\
When you are done call `pipeline_run_full` with workspace={workspace} and wait_seconds=45, and \
`pipeline_status` with the new session's id until results.status is final. `passed` is the goal; \
`incomplete` has not passed: say which tool did not finish. If new findings are left go on, at \
most three times, then tell me what is left and why."""


def fix_my_findings(
    session_id: Annotated[
        str | None, Field(description="The session; default: the latest that has ended.")
    ] = None,
    path: Annotated[
        str | None, Field(description="Only findings in this file, directory or glob.")
    ] = None,
) -> str:
    """Fix the new findings of a session, and prove with a new one that they are gone."""
    return saying_what_is_wrong(lambda: _text(session_report(session_id), path))


def _text(report: Report | None, path: str | None) -> str:
    if report is None:
        return f"There is no session yet. {_START}"
    if report.status not in FINAL_STATUSES:
        return (
            f"Session {report.session_id} has not ended. Call `pipeline_status` with "
            f"session_id={report.session_id} and wait_seconds=45 until it has, then fix its new "
            f"findings, most severe first.\n\n{_RULES}"
        )
    wanted = below(report.new_findings, path)
    where = f" in {visible(path)}" if path else ""
    if not wanted:
        return (
            f"Session {report.session_id} ended {report.status} and has no new finding{where}. "
            f"See whether that is still so. {_START}"
        )
    block, shown = data_block(wanted)
    files = len({finding.path for finding in wanted})
    parts = [
        f"Fix {count(len(wanted), 'new finding')}{where} in {count(files, 'file')} of the "
        f"workspace {visible(report.workspace)}: session {report.session_id}, {report.status}.",
        _RULES,
        *_tools(report),
        block,
        *_rest(report, shown, len(wanted)),
        _CHECK.format(workspace=visible(report.workspace)),
    ]
    return "\n\n".join(parts)


def _tools(report: Report) -> list[str]:
    """What the server can do itself, where it can."""
    if "quality_patcher_fix" not in tool_names():
        return []
    return [
        "Let the tools begin: call `quality_patcher_fix` with "
        f"session_id={report.session_id}. What it has fixed and proved needs no work of yours."
    ]


def _rest(report: Report, shown: int, total: int) -> list[str]:
    if shown == total:
        return []
    return [
        f"These are the {shown} most urgent of {total}; all of them are in the resource "
        f"{address(report.session_id, Document.FINDINGS)}."
    ]
