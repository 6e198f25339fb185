"""The tool that lists findings: `session_findings`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.query import FindingFilter, FindingPage
from pipeline_mcp.domain.session import SessionView
from pipeline_mcp.reporting.wording import count
from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.server.envelope import Envelope, EnvelopeStatus, answer
from pipeline_mcp.server.parameters import SessionId, SeverityWord, Words
from pipeline_mcp.server.served import Effect, served
from pipeline_mcp.server.shown_findings import UNTRUSTED, fitting, shown_counts
from pipeline_mcp.server.size import ROOM_BYTES
from pipeline_mcp.server.threads import blocking
from pipeline_mcp.sessions.access import expect_access
from pipeline_mcp.sessions.findings import findings
from pipeline_mcp.sessions.follow import view


@served("List findings", scope=AccessScope.READ, effect=Effect.READS, toolset="sessions")
async def session_findings(
    session_id: SessionId,
    paths: Annotated[Words, Field(examples=[["src/*"]])] = None,
    tools: Annotated[Words, Field(examples=[["ruff"]])] = None,
    rules: Annotated[Words, Field(examples=[["F401"]])] = None,
    severities: list[SeverityWord] | None = None,
    new_only: bool = False,
    limit: Annotated[int, Field(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Envelope:
    """Findings, new and worst first, with counts; also while it runs. paths are globs."""
    filters = FindingFilter(
        tools=tuple(tools or ()),
        rules=tuple(rules or ()),
        severities=tuple(map(Severity, severities or ())),
        paths=tuple(paths or ()),
        new_only=new_only,
    )

    async def work() -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
        session, page = await blocking(_page, session_id, filters, limit, cursor)
        return session_id, "success", _results(session, page)

    return await answer("session_findings", work)


def _page(
    session_id: str, filters: FindingFilter, limit: int, cursor: str | None
) -> tuple[SessionView, FindingPage]:
    expect_access(session_id, current_principal())
    page = findings(session_id, filters, cursor=cursor, limit=limit, worst_first=True)
    return view(session_id), page


def _results(session: SessionView, page: FindingPage) -> dict[str, Any]:
    page, shown = fitting(page, room=ROOM_BYTES)
    return {
        "session_id": session.session_id,
        "status": session.status.value,
        "current_stage": session.stage.value,
        "counts": shown_counts(page.counts),
        "findings": shown,
        "cursor": page.cursor,
        "notices": _notices(session, page),
        "untrusted": list(UNTRUSTED),
    }


def _notices(session: SessionView, page: FindingPage) -> list[str]:
    said = []
    if page.cursor is not None:
        said.append("There are more: send the same arguments with this cursor.")
    if page.arrived > 0:
        said.append(
            f"{count(page.arrived, 'finding')} came since the first page; those that belong before "
            "this one are listed when you start without a cursor."
        )
    if not session.is_final:
        said.append("The session is not over: more may come.")
    return said


SERVED = (session_findings,)
