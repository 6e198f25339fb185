"""What a tool call says of a session, sized for a context window."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from pipeline_mcp.domain.application import Direction
from pipeline_mcp.domain.query import FindingFilter, FindingPage
from pipeline_mcp.domain.session import Progress, SessionStatus, SessionView, StageRun
from pipeline_mcp.reporting.older import cycles, session_object
from pipeline_mcp.reporting.text import TextStyle, text_report
from pipeline_mcp.reporting.wording import count
from pipeline_mcp.server.envelope import EnvelopeStatus, envelope_status
from pipeline_mcp.server.fixes_report import fixes_report
from pipeline_mcp.server.resources.address import Document, address
from pipeline_mcp.server.shown_findings import UNTRUSTED, fitting, shown_counts
from pipeline_mcp.server.size import MOST_BYTES, ROOM_BYTES, bounded, clip, presentable, size
from pipeline_mcp.sessions.findings import findings
from pipeline_mcp.sessions.follow import progress, stage_runs
from pipeline_mcp.sessions.project import project
from pipeline_mcp.sessions.report import report
from pipeline_mcp.sessions.summary import summary

# What an answer about a session lists of the findings, if there is room.
_MOST_FINDINGS = 50
_LEAST_ROOM = 10_000
_NOTES = 2_000
_LONGEST_TEXT = 300
# What counts most, for readers who do not get to the end.
_FIRST: tuple[str, ...] = ("session_id", "status", "current_stage", "verdict", "notices", "counts")
_FIRST += ("findings", "findings_omitted", "cursor", "untrusted")
_NEW = FindingFilter(new_only=True)


class Shape(StrEnum):
    """For which tool an answer about a session is made: each has keys of the older system."""

    STATUS = "status"
    RUN = "run"
    SCAN = "scan"
    TEXT = "text"
    FIXES = "fixes"


def session_results(
    session_id: str, shape: Shape = Shape.STATUS
) -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
    """The session's progress, or once it is final what it came to.

    Raises:
        UnknownSessionError: there is no such session.
    """
    seen = progress(session_id)
    runs = stage_runs(session_id)
    session = seen.session
    results = _final(session, runs, shape) if session.is_final else _unfinished(seen, runs)
    if shape is Shape.RUN:
        is_over = session.is_final
        results["cycles"] = cycles(runs)
        results["final_metrics"] = results["metrics"]
        results["success"] = session.status is SessionStatus.PASSED if is_over else None
    return session_id, envelope_status(session.status), results


def rest_call(session_id: str, cursor: str, filters: dict[str, Any]) -> str:
    """The call that gives the next page, as the name of the tool and its arguments."""
    arguments = {"session_id": session_id, **filters, "cursor": cursor}
    return f"call session_findings with {json.dumps(arguments)}"


def _unfinished(seen: Progress, runs: list[StageRun]) -> dict[str, Any]:
    """Where it stands, and how to ask again."""
    session = seen.session
    found = sum(tool.findings for tool in seen.tools)
    return session_object(session, runs, findings=found, fixed=0, errors=0) | {
        "queue_position": session.queue_position,
        "workspace": session.workspace,
        "units": {"done": session.units.done, "total": session.units.total},
        "at_work": [tool.tool for tool in seen.tools if tool.running],
        "next_step": f"Call pipeline_status with session_id={session.session_id} and "
        "wait_seconds=45; session_findings shows what was found so far.",
    }


def _final(session: SessionView, runs: list[StageRun], shape: Shape) -> dict[str, Any]:
    told = summary(session.session_id)
    counted = told["document"]["summary"]
    results = session_object(
        session,
        runs,
        findings=counted["remaining_issues"] + counted["fixed"],
        fixed=counted["fixed"],
        errors=told["errors"],
    )
    results["verdict"] = clip(told["verdict"], _LONGEST_TEXT)
    if shape is Shape.TEXT:
        style = TextStyle(limit=_MOST_FINDINGS, worst_first=True)
        text = text_report(report(session.session_id), style=style)
        return results | {"text": text, "untrusted": ["text"]}
    page = findings(session.session_id, _NEW, limit=_MOST_FINDINGS, worst_first=True)
    results |= _document(told["document"]) | _scanned(told, shape)
    if session.request.fix is not None:
        results |= fixes_report(session, results["summary"], in_full=shape is Shape.FIXES)
    return _with_findings(results, page, counted)


def _with_findings(
    results: dict[str, Any], page: FindingPage, counted: dict[str, Any]
) -> dict[str, Any]:
    results["counts"] = shown_counts(page.counts)
    # Before the findings are chosen: where they were cut later, the cursor would skip some.
    results = bounded(presentable(results), MOST_BYTES - _LEAST_ROOM - _NOTES)
    if "patch" in results.get("omitted", {}):
        results["patch"] = None  # half a patch is of no use; its address is there
    room = max(ROOM_BYTES - size(results), _LEAST_ROOM)
    page, results["findings"] = fitting(page, room=room)
    results["findings_omitted"] = counted["findings"] - len(page.findings)
    results["cursor"] = page.cursor
    results["untrusted"] = list(UNTRUSTED)
    done = results.get("application") or {"action": None}
    is_applied = done["action"] == Direction.APPLY and done["status"] == "success"
    said = _on_findings(results["session_id"], page, counted, is_applied=is_applied)
    results["notices"] = [*said, *results["notices"]]
    first = {key: results.pop(key) for key in _FIRST}
    return first | results


def _on_findings(
    session_id: str, page: FindingPage, counted: dict[str, Any], *, is_applied: bool
) -> list[str]:
    said = []
    if counted["fixed"]:
        fixed = count(counted["fixed"], "finding")
        tool, does = ("session_undo", "undoes") if is_applied else ("session_apply", "applies")
        call = f"{tool} with {json.dumps({'session_id': session_id})}"
        said.append(f"The patch fixes {fixed}; lines are those after it. {call} {does} it.")
    if page.cursor is not None:
        call = rest_call(session_id, page.cursor, {"new_only": True})
        shown = f"{len(page.findings):,} of {count(page.counts.new, 'new finding')}"
        said.append(f"The worst {shown} are shown; for the others {call}.")
    known = counted["findings"] - counted["new_findings"]
    if known:
        said.append(f"{count(known, 'known finding')} not shown; session_findings lists them too.")
    return said


def _document(document: dict[str, Any]) -> dict[str, Any]:
    """The report's document, with its patch as it is or not at all: its address stays."""
    patch = document["patch"]
    shown: dict[str, Any] = _clipped(document)
    if shown.pop("has_patch"):
        shown["patch_address"] = address(document["session_id"], Document.PATCH)
    # What is shown otherwise than it is does not apply.
    shown["patch"] = patch if presentable(patch) == patch else None
    return shown


def _clipped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _clipped(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_clipped(each) for each in value]
    return clip(value, _LONGEST_TEXT) if isinstance(value, str) else value


def _scanned(told: dict[str, Any], shape: Shape) -> dict[str, Any]:
    """What the report of a scan had besides."""
    if shape is not Shape.SCAN:
        return {}
    said = project(told["document"]["session_id"])
    return {"version": said.version, "branch": said.branch, "details": _clipped(told["details"])}
