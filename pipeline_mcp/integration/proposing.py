"""A pushed commit becomes a pull request, with the words for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline_mcp.config.settings import Settings
from pipeline_mcp.domain.integration import Change, Integration, PullRequest
from pipeline_mcp.github.pulls import Proposal, propose
from pipeline_mcp.github.repository import parse_remote, repository_of, web_host
from pipeline_mcp.integration.errors import IntegrationError
from pipeline_mcp.integration.message import (
    COMMENT_MARK,
    comment_body,
    merged_body,
    pull_request_body,
)


async def propose_commit(
    configured: Settings,
    workspace: Path,
    done: Integration,
    changes: Sequence[Change],
) -> PullRequest:
    """Make or update the pull request of what was pushed.

    Raises:
        IntegrationError: nobody knows what it is to be merged into.
        SettingError, GitHubError: GitHub does not know the repository, refuses, or is away.
    """
    made, pushed = done.committed, done.pushed
    if made is None or pushed is None or not pushed.base:
        raise IntegrationError(
            "No base is known for the pull request: no branch is checked out.",
            next_step="Name one with --base (`base`).",
        )
    repository = repository_of(configured, workspace)
    body = pull_request_body(
        done.session_id, [one for one in changes if one.path in made.files], made
    )
    found = parse_remote(pushed.address)
    is_here = found is not None and found[0] == web_host(configured.github.api_url)
    proposal = Proposal(
        owner=found[1].owner if found is not None and is_here else repository.owner,
        branch=made.branch,
        base=pushed.base,
        title=made.message.partition("\n")[0],
        body=body,
        merge_body=lambda earlier: merged_body(earlier, body),
        comment=comment_body(done.session_id, made),
        mark=COMMENT_MARK,
    )
    return await propose(configured, repository, proposal)
