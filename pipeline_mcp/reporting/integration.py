"""What came of a patch that was to be committed, pushed and proposed: for programs and people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from pipeline_mcp.domain.integration import Committed, Integration
from pipeline_mcp.reporting.sanitise import one_line, visible
from pipeline_mcp.reporting.wording import count


def integration_document(done: Integration) -> dict[str, Any]:
    """JSON-ready; `status` is `success`, or `partial` where something could not be done."""
    committed = asdict(done.committed) if done.committed else None
    return {
        "session_id": done.session_id,
        "action": "integrate",
        "dry_run": done.wish.dry_run,
        "status": "success" if done.is_whole else "partial",
        **(committed or {}),
        "pushed": asdict(done.pushed) if done.pushed else None,
        "pull_request": asdict(done.pull_request) if done.pull_request else None,
        "missing": list(done.missing),
        "error": done.error,
    }


def integration_text(done: Integration) -> str:
    """The message of a dry run, what was left out, and a line for each step."""
    return "".join(f"{line}\n" for line in _lines(done))


def integration_verdict(done: Integration) -> str:
    """One sentence."""
    made = done.committed
    if made is None or not made.files:
        return "There is nothing to commit."
    files = count(len(made.files), "file")
    where = f"on {visible(made.branch)}"
    left_out = f", {len(made.left_out)} left out" if made.left_out else ""
    if made.commit is None:
        return f"{files} would be committed {where}{left_out}."
    verb = "committed" if made.is_new else "committed before"
    return f"{files} {verb} {where} ({made.commit[:12]}){left_out}."


def _lines(done: Integration) -> Iterator[str]:
    made = done.committed
    if made is not None:
        yield from _about(made, in_full=done.wish.dry_run)
    yield integration_verdict(done)
    if done.pushed is not None:
        verb = "pushed to" if done.pushed.is_new else "was already at"
        yield f"{verb} {visible(done.pushed.remote)} ({visible(done.pushed.address)})"
        if done.pushed.carried:
            commits = count(done.pushed.carried, "commit")
            yield f"with {commits} of {visible(done.pushed.base)} that were not there yet"
    if done.pull_request is not None:
        request = done.pull_request
        yield f"pull request {request.number} {request.state}: {visible(request.url)}"
    yield from map(one_line, done.missing)


def _about(made: Committed, *, in_full: bool) -> Iterator[str]:
    if in_full and made.message:
        yield from (f"    {visible(line)}" for line in made.message.rstrip("\n").split("\n"))
    for one in made.left_out:
        yield f"left out   {visible(one.path)}: {one_line(one.reason)}"
    if made.ignored:
        yield f"ignored of the repository's settings: {', '.join(map(visible, made.ignored))}"
