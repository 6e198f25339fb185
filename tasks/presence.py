"""A worker says that it is there, again and again, and ends what dead workers left behind."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import Any

from celery import bootsteps

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import workers
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.sessions.recover import recover_forsaken
from pipeline_mcp.tools.marks import end_orphans

logger = logging.getLogger(__name__)


class Presence(bootsteps.StartStopStep):
    """Runs beside the worker's consumer in a thread of its own."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, parent: Any) -> None:
        """Begin to beat."""
        self._thread = threading.Thread(target=self._beat, args=(parent,), daemon=True)
        self._thread.start()

    def stop(self, parent: Any) -> None:
        """Beat no more, and say good-bye."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    terminate = stop

    def _beat(self, parent: Any) -> None:
        name, queues = parent.hostname, sorted(parent.app.amqp.queues.consume_from)
        while True:
            end_orphans()
            try:
                with transaction() as connection:
                    workers.heartbeat(connection, name, queues, parent.concurrency)
                recover_forsaken()
            except PipelineError as error:
                logger.warning("this worker could not say that it is there: %s", error)
            if self._stop.wait(settings().heartbeat_seconds):
                break
        with suppress(PipelineError), transaction() as connection:
            workers.forget(connection, name)
