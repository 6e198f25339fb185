"""The base of the tasks that do what somebody wishes of a session's patch, and waits for."""

from __future__ import annotations

from celery import Task

from pipeline_mcp.errors import TransientServiceError


class WishTask(Task):
    """A task that is put off for a minute, second by second.

    Somebody else is at the workspace, or the database is away: it is worth waiting for either.
    """

    abstract = True
    autoretry_for = (TransientServiceError,)
    default_retry_delay = 1.0
    max_retries = 60
