"""Reports that were written with `run --format json --output FILE`, named by a caller."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline_mcp.config.settings import settings
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.sessions.follow import view
from pipeline_mcp.workspace.confine import confine_file
from pipeline_mcp.workspace.directories import Directories
from pipeline_mcp.workspace.reading import LeftOutError, read


class LintReportError(PipelineError):
    """The file is no report of the session."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(
            f"lint_report_path: {path} {problem}.",
            next_step="Leave it out: the session has its findings. Otherwise send a file in the "
            "workspace that `pipeline-mcp run --format json --output FILE` has written.",
        )


def expect_report_of(session_id: str, path: str) -> None:
    """Go on if the file, in the session's workspace, is a report of that very session.

    Raises:
        UnknownSessionError: there is no such session.
        WorkspaceError: the file does not exist, or is outside the workspace.
        LintReportError: it is none, or of another session.
    """
    workspace = Path(view(session_id).request.workspace)
    relative = confine_file(workspace, path)
    try:
        with Directories(workspace) as directories:
            content = read(directories, relative, settings().max_file_bytes).content
        document = json.loads(content)
    except LeftOutError as error:
        raise LintReportError(path, f"cannot be read: {error.reason}") from error
    except (ValueError, RecursionError) as error:
        raise LintReportError(path, "is no JSON") from error
    told = document.get("session_id") if isinstance(document, dict) else None
    if not isinstance(told, str):
        raise LintReportError(path, "is no report: it has no session_id")
    if told != session_id:
        raise LintReportError(path, f"is the report of {told[:80]!r}, not of {session_id!r}")
