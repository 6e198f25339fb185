"""Read a document of one of the caller's sessions."""

from __future__ import annotations

import functools
from collections.abc import Callable

from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from pipeline_mcp.domain.query import FindingFilter
from pipeline_mcp.errors import PipelineError, UnknownSessionError
from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.server.resources.address import Document, address
from pipeline_mcp.server.resources.documents import (
    FINDINGS_A_PAGE,
    findings_text,
    log_text,
    report_text,
    sarif_text,
)
from pipeline_mcp.sessions import follow
from pipeline_mcp.sessions.access import expect_access
from pipeline_mcp.sessions.findings import findings
from pipeline_mcp.sessions.fixes import patch
from pipeline_mcp.sessions.history import history
from pipeline_mcp.sessions.report import report


def _read(document: Callable[..., str]) -> Callable[..., str]:
    """Let only those read who may see the session, and say what is wrong in the SDK's errors."""

    # The SDK takes the parameters from the function itself.
    @functools.wraps(document)
    def read(id: str, **query: str | None) -> str:  # noqa: A002 - the variable in the address
        try:
            expect_access(id, current_principal())
            return document(id, **query)
        except UnknownSessionError as error:
            raise ResourceNotFoundError(
                f"{error.message} List your sessions with pipeline_status."
            ) from error
        except PipelineError as error:
            said = " ".join(filter(None, (error.message, error.next_step)))
            raise ResourceError(said) from error

    return read


@_read
def report_of(id: str) -> str:  # noqa: A002
    """The whole report as JSON: status, findings, tools, what to do first."""
    session = follow.view(id)
    return report_text(report(id), current_stage=session.stage.value)


@_read
def findings_of(id: str, cursor: str | None = None) -> str:  # noqa: A002
    """The findings as JSON, a hundred a page; `next` is the address of the following page."""
    page = findings(id, FindingFilter(), cursor=cursor, limit=FINDINGS_A_PAGE)
    return findings_text(id, page)


@_read
def patch_of(id: str) -> str:  # noqa: A002
    """The fixes as a unified diff that `git apply` takes; an error as long as there are none."""
    diff = patch(id)
    if diff is None:
        raise ResourceNotFoundError(
            f"The session {id} has no patch: it has fixed nothing. Its findings are in "
            f"{address(id, Document.FINDINGS)}."
        )
    return diff


@_read
def sarif_of(id: str, tool: str | None = None) -> str:  # noqa: A002
    """The findings as a SARIF 2.1.0 log, for code scanning; of one tool alone if it is named."""
    return sarif_text(report(id), tool=tool)


@_read
def log_of(id: str, cursor: str | None = None) -> str:  # noqa: A002
    """What happened, a line each: stages, claims, retries, and how every unit ended."""
    if cursor is not None and not cursor.isdecimal():
        raise ResourceError("Use the cursor that the last page ended with.")
    return log_text(id, history(id), start=int(cursor or 0))
