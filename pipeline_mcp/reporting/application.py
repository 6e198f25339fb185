"""What came of a patch that was to go into a workspace, or out of it: for programs and people."""

from __future__ import annotations

from typing import Any

from pipeline_mcp.domain.application import GOOD_STATES, Application, Direction, FileOutcome
from pipeline_mcp.reporting.sanitise import one_line, visible
from pipeline_mcp.reporting.wording import count

_VERBS = {Direction.APPLY: "applied", Direction.UNDO: "taken back"}


def application_document(done: Application, patch: str | None = None) -> dict[str, Any]:
    """JSON-ready; `status` is `success`, or `partial` where files were left alone."""
    return {
        "session_id": done.session_id,
        "action": done.wish.direction.value,
        "dry_run": done.wish.dry_run,
        "all_or_nothing": done.wish.all_or_nothing,
        "status": "success" if done.is_whole else "partial",
        "counts": done.counts(),
        "files": [
            {"path": file.path, "state": file.state.value, "reason": file.reason}
            for file in done.files
        ],
        "error": done.error,
        "patch": patch,
    }


def application_text(done: Application) -> str:
    """A line for each file, and the verdict."""
    return "".join(map(_line, done.files)) + application_verdict(done) + "\n"


def application_verdict(done: Application) -> str:
    """One sentence."""
    if not done.files:
        return f"There is nothing to {done.wish.direction}."
    left_alone = sum(file.state not in GOOD_STATES for file in done.files)
    went = count(len(done.files) - left_alone, "file")
    verb = "could be applied" if done.wish.dry_run else _VERBS[done.wish.direction]
    said = f"{went} {verb}"
    return f"{said}, {left_alone} left alone." if left_alone else f"{said}."


def _line(file: FileOutcome) -> str:
    reason = f": {one_line(file.reason)}" if file.reason else ""
    return f"{file.state.value.replace('_', ' '):<10} {visible(file.path)}{reason}\n"
