"""The base of all stage tasks: a mistake that no retry can mend ends the session with a reason."""

from __future__ import annotations

import logging
from typing import Any

from celery import Task

from pipeline_mcp.errors import PipelineError, ServiceError
from pipeline_mcp.scanning.close import abandon

logger = logging.getLogger(__name__)


class StageTask(Task):
    """A task whose first argument is the session's id."""

    abstract = True
    # A broker or a database that is away comes back; a minute or two is worth the wait.
    autoretry_for = (ServiceError,)
    max_retries = 8
    retry_backoff = True
    retry_backoff_max = 30
    retry_jitter = True

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        """Write the session's end: it is incomplete, and says why."""
        if isinstance(exc, PipelineError):
            reason = exc.message
        else:
            logger.error("%s failed: %s", self.name, einfo)
            reason = f"{self.name} failed with {type(exc).__name__}: {exc}"
        abandon(args[0], reason)
