"""A consumer that leaves tasks of a newer version to newer workers, and outlives its broker."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from celery.worker.consumer import Consumer as CeleryConsumer

from tasks.stage import others_turn_seconds

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
        self.timer.call_after(others_turn_seconds(), self._give_back, (message,))

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Let the broken connection go, and be ready for the next."""
        try:
            super().on_connection_error_after_connected(exc)
        except AttributeError as error:
            # kombu closes such a connection twice where a message was being waited for. The
            # second time it would give back what is in hand, to an address that it has just
            # forgotten, and end the worker. Nothing is lost: the rows know what is missing.
            logger.warning("what is in hand could not be given back to the broker: %s", error)

    def call_soon_ack(self, p: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer the broker about a message, unless the connection it came over is no more."""
        return super().call_soon_ack(functools.partial(_answer, p), *args, **kwargs)

    def _give_back(self, message: Any) -> None:
        message.reject_log_error(logger, self.connection_errors, requeue=True)
        self.qos.decrement_eventually()


def _answer(answer: Callable[..., object], *args: Any, **kwargs: Any) -> None:
    try:
        answer(*args, **kwargs)
    except AttributeError as error:
        # As above: its channel has no address any more, and the broker no use for the answer.
        logger.warning("a message came over a connection that is gone: %s", error)
