"""Dispatch a workflow, find the run that comes of it, and follow it to its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import anyio

from pipeline_mcp.config.document import shown
from pipeline_mcp.github.api import Api
from pipeline_mcp.github.dispatch import Dispatch
from pipeline_mcp.github.errors import GitHubError, RateLimitedError

# GitHub's clock counts whole seconds, and a run may be dated to the one before.
_DATE_LEEWAY_SECONDS = 2.0
# How long a run may take to appear in the list, where the server does not name it at once.
_APPEARS_WITHIN_SECONDS = 15.0
_DETAILS = "return_run_details"

Told = Callable[["Run"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Run:
    """A run: `status` is GitHub's (queued, in_progress, completed …), `conclusion` its end."""

    run_id: int
    status: str
    conclusion: str | None
    html_url: str

    @property
    def is_over(self) -> bool:
        """True once it has a conclusion."""
        return self.status == "completed"


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What came of a dispatch; without `run`, `note` says why it is not known."""

    run: Run | None
    note: str = ""


async def dispatch(api: Api, wanted: Dispatch) -> Dispatched:
    """Start the workflow.

    A server that does not name the run is asked for those that began since: one alone is ours.

    Raises:
        GitHubError: it was refused, or GitHub cannot be reached.
    """
    path = f"actions/workflows/{wanted.workflow}/dispatches"
    body = {"ref": wanted.ref, "inputs": wanted.inputs}
    try:
        answer, sent_at = await api.post(path, {**body, _DETAILS: True})
    except GitHubError as error:
        # An Enterprise server from before 2026 does not know the word.
        if error.status != 422 or _DETAILS not in error.message:
            raise
        answer, sent_at = await api.post(path, body)
    if isinstance(answer, dict) and isinstance(answer.get("workflow_run_id"), int):
        url = shown(str(answer.get("html_url", "")), limit=500)
        return Dispatched(Run(answer["workflow_run_id"], "queued", None, url))
    return await _find(api, wanted, sent_at)


async def look(api: Api, run_id: int) -> Run:
    """The run as it stands.

    Raises:
        GitHubError: there is no such run, or GitHub cannot be reached.
    """
    return _run(await api.get(f"actions/runs/{run_id}"))


async def follow(
    api: Api, run: Run, *, wait_seconds: float, pause_seconds: float, told: Told
) -> Run:
    """The run when it is over, or as it stood last when the time is up.

    What passes, as a limit on requests or a broken connection, is waited out; `told` hears of
    every look.

    Raises:
        GitHubError: there is no such run, or it may not be seen.
    """
    pause = pause_seconds
    with anyio.move_on_after(wait_seconds):
        while not run.is_over:
            await anyio.sleep(pause)
            try:
                run = await look(api, run.run_id)
            except RateLimitedError as error:
                pause = max(pause_seconds, error.seconds)
            except GitHubError as error:
                if not _passes(error):
                    raise
            else:
                pause = pause_seconds
                await told(run)
    return run


def _passes(error: GitHubError) -> bool:
    return error.status is None or error.status >= 500


async def _find(api: Api, wanted: Dispatch, sent_at: float) -> Dispatched:
    """Look for the run until it appears; several candidates are not guessed from."""
    since = datetime.fromtimestamp(sent_at - _DATE_LEEWAY_SECONDS, UTC)
    query: dict[str, str | int] = {
        "event": "workflow_dispatch",
        "branch": wanted.branch,
        "created": f">={since:%Y-%m-%dT%H:%M:%SZ}",
        "per_page": 10,
    }
    path = f"actions/workflows/{wanted.workflow}/runs"
    with anyio.move_on_after(_APPEARS_WITHIN_SECONDS):
        while True:
            found = [_run(each) for each in (await api.get(path, **query)).get("workflow_runs", ())]
            if len(found) == 1:
                return Dispatched(found[0], "found by its branch and its time")
            if found:
                urls = ", ".join(run.html_url for run in found)
                return Dispatched(None, f"several runs began at that time: {urls}")
            await anyio.sleep(1.0)
    return Dispatched(None, "the workflow was dispatched, but its run is not in the list yet")


def _run(answer: Any) -> Run:
    try:
        return Run(
            int(answer["id"]),
            shown(str(answer["status"])),
            None if answer.get("conclusion") is None else shown(str(answer["conclusion"])),
            shown(str(answer["html_url"]), limit=500),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise GitHubError(
            "what it says of the run has an unknown form",
            next_step="Check that github.api_url is the address of its API.",
        ) from error
