"""Ask for a session's patch to be committed, pushed and proposed, and wait for what comes of it."""

from __future__ import annotations

from pipeline_mcp.broker import send_delivery
from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import integrations, sessions
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.integration import Integration, IntegrationWish
from pipeline_mcp.integration.errors import IntegrationError
from pipeline_mcp.sessions.applying import expect_fixed
from pipeline_mcp.sessions.awaiting import Wishes, wait_for
from pipeline_mcp.sessions.send import node_of

_INTEGRATIONS = Wishes(
    "integration", integrations.get, integrations.outcome_of, integrations.withdraw
)


def integrate(
    session_id: str, wish: IntegrationWish, *, seconds: float | None = None
) -> Integration:
    """Write the wish down, hand it to a worker on the workspace's host, and wait for its end.

    What could not be done after the commit is in the answer's `error`. `seconds` is how long to
    wait, None as long as the settings say.

    Raises:
        UnknownSessionError: there is no such session.
        WishError: it goes on, it fixes nothing, or the worker was not heard of.
        IntegrationError: nothing could be committed.
        ServiceError: the database or the broker cannot be used.
    """
    with reading() as connection:
        session = sessions.view(connection, session_id)
    expect_fixed(session)
    with transaction() as connection:
        serial = integrations.want(connection, session_id, wish)
    send_delivery(session_id, node=node_of(session.request))
    patience = settings().integrate_seconds if seconds is None else seconds
    done = wait_for(session_id, serial, _INTEGRATIONS, seconds=patience)
    if done.error is not None and done.committed is None:
        raise IntegrationError(done.error)
    return done


def latest(session_id: str) -> Integration | None:
    """What came of the session's latest wish; None if there was none, or it is not known yet."""
    with reading() as connection:
        row = integrations.get(connection, session_id)
    return None if row is None else integrations.outcome_of(row)
