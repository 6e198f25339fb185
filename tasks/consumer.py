"""A consumer that leaves tasks of a newer version to newer workers."""

from __future__ import annotations

import logging
from typing import Any

from celery.worker.consumer import Consumer as CeleryConsumer

from tasks.stage import OTHERS_TURN_SECONDS

logger = logging.getLogger(__name__)

_OURS = "tasks."


class Consumer(CeleryConsumer):
    """Celery's own would acknowledge a task that it does not know, and fail its chord."""

    def on_unknown_task(self, body: Any, message: Any, exc: Exception) -> None:
        """Put a task with a name of ours back into the queue after a while."""
        name = str(message.headers.get("task"))
        if not name.startswith(_OURS):
            super().on_unknown_task(body, message, exc)
            return
        logger.warning("%s is left to newer workers", name)
        # As for a task that is to run later: it must not keep others from being fetched.
        self.qos.increment_eventually()
        self.timer.call_after(OTHERS_TURN_SECONDS, self._give_back, (message,))

    def _give_back(self, message: Any) -> None:
        message.reject_log_error(logger, self.connection_errors, requeue=True)
        self.qos.decrement_eventually()
