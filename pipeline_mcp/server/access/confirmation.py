"""Asking a person before something is destroyed, where the client has one to ask.

A tool with a destructive `Effect` has a parameter
`confirmation: Annotated[Answered, Resolve(question)]`, where `question` is a function that
returns what `ask` gives, and begins with `expect_confirmed(confirmation)`.
"""

from __future__ import annotations

from typing import Any

import anyio.to_thread
from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult
from mcp.types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel, Field

from pipeline_mcp.config.settings import settings
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.sessions.access import expect_access


class Confirmation(BaseModel):
    """What a person answers."""

    confirm: bool = Field(title="Go ahead")


Answered = ElicitationResult[Confirmation]
Asked = Confirmation | Elicit[Confirmation]


class NotConfirmedError(PipelineError):
    """A person was asked and did not say yes."""

    def __init__(self) -> None:
        super().__init__(
            "Nothing was done: the person who was asked did not confirm it.",
            next_step="Do not try again unless they ask for it.",
        )


async def ask(ctx: Context[Any, Any], session_id: str, question: str) -> Asked:
    """The question, or a yes where nobody is to be asked.

    Nobody is asked where the setting `confirm` is off, where the client cannot ask, and about a
    session that the caller has not got: of that the tool itself tells him.
    """
    if not settings().confirm or not _can_ask(ctx):
        return Confirmation(confirm=True)
    try:
        await anyio.to_thread.run_sync(expect_access, session_id, current_principal())
    except PipelineError:
        return Confirmation(confirm=True)
    return Elicit(question, Confirmation)


def expect_confirmed(answer: Answered) -> None:
    """Go on if the answer was yes.

    Raises:
        NotConfirmedError: it was not.
    """
    if not (isinstance(answer, AcceptedElicitation) and answer.data.confirm):
        raise NotConfirmedError


def _can_ask(ctx: Context[Any, Any]) -> bool:
    """True if the client shows forms, and there is a way to send it one."""
    declared = ctx.client_capabilities and ctx.client_capabilities.elicitation
    if not declared or (declared.form is None and declared.url is not None):
        return False
    return ctx.protocol_version in MODERN_PROTOCOL_VERSIONS or ctx.session.can_send_request
