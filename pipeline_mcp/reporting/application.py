"""What came of a patch that was to go into a workspace, or out of it: for programs and people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline_mcp.domain.application import Application, Direction, FileOutcome, FileState
from pipeline_mcp.reporting.sanitise import one_line, visible
from pipeline_mcp.reporting.wording import count

_VERBS = {Direction.APPLY: "applied", Direction.UNDO: "taken back"}
_DONE = {Direction.APPLY: "changed", Direction.UNDO: "restored"}
_CHANGED = frozenset({FileState.APPLIED, FileState.UNDONE})
_NAMED_FILES = 20


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
    if done.error is not None:
        return f"No file was {_DONE[done.wish.direction]}: {one_line(done.error)}"
    if not done.files:
        return f"There is nothing to {done.wish.direction}."
    left_alone = len(done.left_alone)
    went = count(len(done.files) - left_alone, "file")
    verb = "could be applied" if done.wish.dry_run else _VERBS[done.wish.direction]
    said = f"{went} {verb}"
    return f"{said}, {left_alone} left alone." if left_alone else f"{said}."


def application_sentences(done: Application) -> Iterator[tuple[bool, str]]:
    """`(is good, sentence)`: the files that were changed, and each that was left alone."""
    if done.error is not None:
        yield False, f"no file was {_DONE[done.wish.direction]}: {one_line(done.error)}"
        return
    changed = [visible(file.path) for file in done.files if file.state in _CHANGED]
    if changed or not done.left_alone:
        named = ", ".join(changed[:_NAMED_FILES])
        more = len(changed) - _NAMED_FILES
        others = f" and {more:,} more" if more > 0 else ""
        files = f": {named}{others}." if named else "."
        yield True, f"{_DONE[done.wish.direction]} {count(len(changed), 'file')}{files}"
    for file in done.left_alone[:_NAMED_FILES]:
        yield False, f"left alone {visible(file.path)}: {one_line(file.reason or file.state)}"
    more = len(done.left_alone) - _NAMED_FILES
    if more > 0:
        yield False, f"left alone {count(more, 'more file')}; `--format json` names them all"


def _line(file: FileOutcome) -> str:
    reason = f": {one_line(file.reason)}" if file.reason else ""
    return f"{file.state.value.replace('_', ' '):<10} {visible(file.path)}{reason}\n"
