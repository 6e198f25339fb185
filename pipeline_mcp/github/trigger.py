"""The whole of it: from a workspace and a dispatch to what is said of the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline_mcp.config.settings import Settings
from pipeline_mcp.github.api import api
from pipeline_mcp.github.dispatch import Dispatch
from pipeline_mcp.github.repository import Repository, repository_of
from pipeline_mcp.github.runs import Dispatched, Run, Told, dispatch, follow, look


async def trigger(
    configured: Settings,
    workspace: Path,
    wanted: Dispatch,
    *,
    wait_seconds: float,
    told: Told,
    run_id: int | None = None,
) -> dict[str, Any]:
    """Dispatch the workflow, or with `run_id` look at that run; wait for its end so long at most.

    Gives a JSON-ready picture; `status` is `triggered` right after the dispatch, and then the
    run's own.

    Raises:
        SettingError: the repository or the token is not known.
        GitHubError: GitHub refuses, or cannot be reached.
    """
    repository = repository_of(configured, workspace)
    pause = configured.github.poll_seconds
    async with api(configured, repository) as github:
        if run_id is None:
            found = await dispatch(github, wanted)
        else:
            found = Dispatched(await look(github, run_id))
        run = found.run
        if run is not None and wait_seconds:
            run = await follow(
                github, run, wait_seconds=wait_seconds, pause_seconds=pause, told=told
            )
    is_fresh = run_id is None and run is found.run
    return _picture(
        repository, wanted, run, status="triggered" if is_fresh else "", note=found.note
    )


def _picture(
    repository: Repository, wanted: Dispatch, run: Run | None, *, status: str, note: str
) -> dict[str, Any]:
    status = status or (run.status if run else "triggered")
    conclusion = run.conclusion if run else None
    said = f"{wanted.workflow} on {wanted.ref} in {repository}: {conclusion or status}"
    picture: dict[str, Any] = {
        "workflow": wanted.workflow,
        "ref": wanted.ref,
        "inputs": wanted.inputs,
        "repository": str(repository),
        "status": status,
        "conclusion": conclusion,
        "run_id": run.run_id if run else None,
        "html_url": run.html_url if run else None,
        "output": said,
    }
    return picture | ({"note": note} if note else {})
