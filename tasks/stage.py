"""The base of all stage tasks: a fault that passes is waited out, one that stays ends the session.

A message that gets lost in all this is no harm: the reconciler sends what the rows say is missing.
"""

from __future__ import annotations

import logging
import random
from typing import Any

from celery import Task
from celery.exceptions import TaskPredicate

from pipeline_mcp.errors import NewerSessionError, PipelineError, TransientServiceError, passes
from pipeline_mcp.scanning.close import abandon
from pipeline_mcp.sessions.admission import admit

logger = logging.getLogger(__name__)

_LONGEST_PAUSE_SECONDS = 30.0
# How long a worker keeps what only a newer one can do before it puts it back into the queue.
_OTHERS_TURN_SECONDS = 2.0


class StageTask(Task):
    """A task whose first argument is the session's id."""

    abstract = True
    # A broker or a database that is away comes back; a minute or two is worth the wait.
    max_retries = 8

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task, put it off where the fault passes, or end its session with the reason.

        Only what the task itself raises ends a session. What goes wrong around it, because the
        broker could not store a result or take the next message, has lost no more than a
        message; Celery's own hook for failures cannot tell the two apart.
        """
        try:
            return self._run_or_put_off(*args, **kwargs)
        except TaskPredicate:  # it was put off, or has become other tasks
            raise
        except Exception as error:
            if not isinstance(error, PipelineError):
                logger.exception("%s failed", self.name)
            abandon(args[0], self.name, error)
            admit()
            raise

    def _run_or_put_off(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.run(*args, **kwargs)
        except NewerSessionError as error:
            self.request.retries -= 1  # to leave it to others is no failure
            pause = others_turn_seconds()
            raise self.retry(exc=error, countdown=pause, max_retries=None) from error
        except (TransientServiceError, OSError) as error:
            if isinstance(error, OSError) and not passes(error):
                raise
            raise self.retry(exc=error, countdown=_pause(self.request.retries)) from error


def others_turn_seconds() -> float:
    """How long to keep what only a newer worker can do.

    By chance: a worker asks the broker anew every second, and one that gave back in step with that
    could be the next to ask each time, and keep it from the other for a minute and more.
    """
    return _OTHERS_TURN_SECONDS * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


def _pause(retries: int) -> float:
    """Longer from time to time, and by chance, so that many tasks do not come back at once."""
    chance = random.uniform(0.5, 1.0)  # noqa: S311 - no secret
    return min(2.0**retries, _LONGEST_PAUSE_SECONDS) * chance
