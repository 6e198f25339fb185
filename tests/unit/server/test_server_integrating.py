"""Who may have what pushed over MCP."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.patched import patched_session

from pipeline_mcp.db import migrate
from pipeline_mcp.domain.access import AccessScope, Principal
from pipeline_mcp.domain.event import LOCAL
from pipeline_mcp.server.access.principal import calling
from pipeline_mcp.server.integrating import (
    IntegrationChoices,
    PushRefusedError,
    integrated,
    question,
)


@pytest.mark.parametrize("choices", [{"push": True}, {"pull_request": True}])
def test_a_push_needs_the_scope_of_the_operator(
    choices: dict[str, bool], state_dir: Path, tmp_path: Path
) -> None:
    migrate.upgrade()
    session_id = patched_session(tmp_path, {})
    principal = Principal(LOCAL, frozenset({AccessScope.FIX}))
    with calling(principal), pytest.raises(PushRefusedError, match="need the scope admin"):
        integrated(session_id, IntegrationChoices(**choices), dry_run=False)


def test_the_question_says_how_far_it_goes() -> None:
    asked = [
        question("S", IntegrationChoices(**choices))
        for choices in ({}, {"push": True}, {"pull_request": True})
    ]
    assert asked == [
        "Commit the patch of S on a branch?",
        "Commit the patch of S on a branch, push it?",
        "Commit the patch of S on a branch, push it, and open a pull request?",
    ]
