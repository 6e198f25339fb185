"""What did the change break? A session over the base of a change, and one compared with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pipeline_mcp.db import sessions, units
from pipeline_mcp.db.engine import reading
from pipeline_mcp.domain.session import SessionRequest, SessionStatus
from pipeline_mcp.domain.unit import INCOMPLETE_OUTCOMES
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.workspace.revision import Base, find_base, renames_since


@dataclass(frozen=True, slots=True)
class BaseScan:
    """The base of a change, which files moved since (old path to new), and how to scan it."""

    base: Base
    renames: dict[str, str]
    request: SessionRequest


def base_scan(request: SessionRequest, ref: str) -> BaseScan:
    """How to find out what was there before the change since `ref`: the same tools, its files.

    Raises:
        WorkspaceError: there is no such ref, or no git.
    """
    workspace = Path(request.workspace)
    base = find_base(workspace, ref)
    renames = renames_since(workspace, base.commit)
    old_names = tuple(old for old, new in renames.items() if new in request.files)
    scan = replace(
        request,
        ref=base.commit,
        files=(*request.files, *old_names),
        fail_on=(),
        notices=(),
        fix=None,
        baseline="",
        suppressions=(),
        attached=True,
    )
    return BaseScan(base, renames, scan)


def compared_with(request: SessionRequest, scan: BaseScan, session_id: str) -> SessionRequest:
    """The request of the session that is compared with that of the base, which is over.

    What a tool finds that did not do its work there counts as new, and a notice says so.

    Raises:
        PipelineError: the session of the base was cancelled, or has no snapshot.
    """
    with reading() as connection:
        before = sessions.view(connection, session_id)
        failed = {
            row["tool"]
            for row in units.summaries(connection, session_id)
            if row["outcome"] in INCOMPLETE_OUTCOMES
        }
    if before.status is SessionStatus.CANCELLED or before.snapshot_id is None:
        raise PipelineError(
            f"The session {session_id} over the base {scan.base.ref} has come to nothing"
            f"{f': {before.error}' if before.error else '.'}",
            next_step="Run the same command again.",
        )
    notices = [f"Compared with {scan.base.commit[:12]}, where {scan.base.ref} and the change part."]
    if failed:
        notices.append(
            f"What these tools find counts as new, because they failed at the base: "
            f"{', '.join(sorted(failed))}."
        )
    return replace(
        request,
        notices=(*request.notices, *notices),
        base={"session_id": session_id, "ref": scan.base.ref, "renames": scan.renames},
    )
