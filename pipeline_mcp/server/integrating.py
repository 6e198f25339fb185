"""What `session_apply` does where a patch is to be committed instead."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.domain.integration import IntegrationWish
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.reporting.integration import integration_document, integration_verdict
from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.server.envelope import EnvelopeStatus
from pipeline_mcp.sessions.access import expect_access
from pipeline_mcp.sessions.integrating import integrate

# Clients give up on a silent call after a minute.
_LONGEST_WAIT_SECONDS = 45.0
_MOST_FILES = 50


class IntegrationChoices(BaseModel):
    """The options of the command `integrate`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    branch: Annotated[str, Field(max_length=200, examples=["fixes/lint"])] = ""
    base: Annotated[str, Field(max_length=200, examples=["main"])] = ""
    remote: Annotated[str, Field(max_length=200, examples=["origin"])] = "origin"
    push: bool = False
    pull_request: bool = False


Integrate = Annotated[
    IntegrationChoices | None,
    Field(
        description=", ".join(IntegrationChoices.model_fields),
        examples=[{"branch": "fixes/lint", "pull_request": True}],
    ),
]


class PushRefusedError(PipelineError):
    """The caller may commit, and not push."""


def question(session_id: str, choices: IntegrationChoices) -> str:
    """What somebody is asked before it is done."""
    push = ", push it" if choices.push or choices.pull_request else ""
    propose = ", and open a pull request" if choices.pull_request else ""
    return f"Commit the patch of {session_id} on a branch{push}{propose}?"


def integrated(
    session_id: str, choices: IntegrationChoices, *, dry_run: bool
) -> tuple[str | None, EnvelopeStatus, dict[str, Any]]:
    """The session, the status and the results of the call.

    Raises:
        PushRefusedError: it needs the scope `admin`, because a push uses the operator's own rights.
        PipelineError: nothing could be committed.
    """
    principal = current_principal()
    expect_access(session_id, principal)
    wish = IntegrationWish(**choices.model_dump(), dry_run=dry_run, principal=principal.name)
    if wish.is_pushed and not principal.may(AccessScope.ADMIN):
        raise PushRefusedError(
            "push and pull_request need the scope admin: they use the operator's rights.",
            next_step="Leave them out, and let somebody with that scope push the branch.",
        )
    seconds = min(_LONGEST_WAIT_SECONDS, settings().integrate_seconds)
    done = integrate(session_id, wish, seconds=seconds)
    results = integration_document(done)
    results["verdict"] = integration_verdict(done)
    results["untrusted"] = ["path", "reason", "message", "files"]
    for name in ("files", "present", "left_out"):
        results[name] = results.get(name, [])[:_MOST_FILES]
    return session_id, "success" if done.is_whole else "partial", results
