"""A pull request for a branch, found or made, and the one comment on it that is ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pipeline_mcp.config.settings import Settings
from pipeline_mcp.domain.integration import PullRequest
from pipeline_mcp.github.api import Api, Purpose, api
from pipeline_mcp.github.errors import GitHubError
from pipeline_mcp.github.repository import Repository

PULL_REQUESTS = Purpose(
    permissions="Pull requests: write",
    things="the pull request or branch",
    correct="See that the base and the branch are in that repository, and differ.",
    again="Ask again: a pull request or comment that is there is found and not made twice.",
)
_MOST_BODY = 60_000
_MOST_TITLE = 250
_GONE, _FORBIDDEN, _UNPROCESSABLE = 404, 403, 422


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed; `merge_body` puts our text into an earlier one, None leaves that alone.

    `owner` has the repository with the branch; `mark` begins our comment.
    """

    owner: str
    branch: str
    base: str
    title: str
    body: str
    merge_body: Callable[[str], str | None]
    comment: str
    mark: str


async def propose(configured: Settings, repository: Repository, proposal: Proposal) -> PullRequest:
    """Make or update the open pull request from branch to base, and the comment.

    May be done again after a crash at any place.

    Raises:
        MissingTokenError: there is no token.
        GitHubError: GitHub refuses, or cannot be reached.
    """
    async with api(configured, repository, PULL_REQUESTS) as github:
        there = await _find(github, proposal)
        made = await (
            _create(github, proposal) if there is None else _update(github, proposal, there)
        )
        comment, state = await _comment(github, proposal, made.number)
        return replace(made, comment=comment, comment_state=state)


async def _find(github: Api, proposal: Proposal) -> dict[str, Any] | None:
    head = f"{proposal.owner}:{proposal.branch}"
    query = {"state": "open", "head": head, "base": proposal.base}
    async for found in github.pages("pulls", **query):
        return dict(found)
    return None


async def _create(github: Api, proposal: Proposal) -> PullRequest:
    is_fork = proposal.owner.lower() != github.repository.owner.lower()
    body = {
        "title": proposal.title[:_MOST_TITLE],
        "head": f"{proposal.owner}:{proposal.branch}" if is_fork else proposal.branch,
        "base": proposal.base,
        "body": proposal.body[:_MOST_BODY],
    }
    try:
        made, _ = await github.post("pulls", body)
    except GitHubError as error:
        # Somebody else, or a request of ours that was thought lost, has made it meanwhile.
        there = await _find(github, proposal) if error.status == _UNPROCESSABLE else None
        if there is None:
            raise
        return await _update(github, proposal, there)
    return _as_told(made, "created")


async def _update(github: Api, proposal: Proposal, there: dict[str, Any]) -> PullRequest:
    earlier = there.get("body") or ""
    body = proposal.merge_body(earlier)
    # Whoever has taken our part out has made the pull request his own.
    if body is None or (body, proposal.title) == (earlier.replace("\r\n", "\n"), there["title"]):
        return _as_told(there, "unchanged")
    changed = {"title": proposal.title[:_MOST_TITLE], "body": body[:_MOST_BODY]}
    return _as_told(await github.patch(f"pulls/{there['number']}", changed), "updated")


async def _comment(github: Api, proposal: Proposal, number: int) -> tuple[int, str]:
    async for one in github.pages(f"issues/{number}/comments"):
        said = (one.get("body") or "").replace("\r\n", "\n")
        if not said.startswith(proposal.mark):
            continue
        if said == proposal.comment:
            return int(one["id"]), "unchanged"
        try:
            await github.patch(f"issues/comments/{one['id']}", {"body": proposal.comment})
        except GitHubError as error:
            # Somebody has copied the mark, or has removed the comment at this moment.
            if error.status not in (_FORBIDDEN, _GONE):
                raise
            continue
        return int(one["id"]), "updated"
    made, _ = await github.post(f"issues/{number}/comments", {"body": proposal.comment})
    return int(made["id"]), "created"


def _as_told(told: dict[str, Any], state: str) -> PullRequest:
    return PullRequest(int(told["number"]), str(told["html_url"]), state)
