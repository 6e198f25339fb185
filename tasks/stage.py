"""The base of all stage tasks: a fault that passes is waited out, one that stays ends the session.

A message that gets lost in all this is no harm: the reconciler sends what the rows say is missing.
"""

from __future__ import annotations

import logging
import random
from typing import Any

from celery import Task

from pipeline_mcp.errors import PipelineError, TransientServiceError, passes
from pipeline_mcp.scanning.close import abandon

logger = logging.getLogger(__name__)

_LONGEST_PAUSE_SECONDS = 30.0


class StageTask(Task):
    """A task whose first argument is the session's id."""

    abstract = True
    # A broker or a database that is away comes back; a minute or two is worth the wait.
    max_retries = 8

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task, or put it off where the fault is one that passes."""
        try:
            return self.run(*args, **kwargs)
        except (TransientServiceError, OSError) as error:
            if isinstance(error, OSError) and not passes(error):
                raise
            raise self.retry(exc=error, countdown=_pause(self.request.retries)) from error

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        """Write the session's end: it is incomplete, and says why."""
        if not isinstance(exc, PipelineError):
            logger.error("%s failed: %s", self.name, einfo)
        abandon(args[0], self.name, exc)


def _pause(retries: int) -> float:
    """Longer from time to time, and by chance, so that many tasks do not come back at once."""
    chance = random.uniform(0.5, 1.0)  # noqa: S311 - no secret
    return min(2.0**retries, _LONGEST_PAUSE_SECONDS) * chance
