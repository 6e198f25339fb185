"""Something that a worker does again and again, beside its consumer, in a thread of its own."""

from __future__ import annotations

import logging
import threading
from typing import Any

from celery import bootsteps

from pipeline_mcp.errors import PipelineError

logger = logging.getLogger(__name__)


class Periodic(bootsteps.StartStopStep):
    """The step of a worker's start that begins the thread; `act` comes first at once."""

    abstract = True
    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, parent: Any) -> None:
        """Begin."""
        name = type(self).__name__.lower()
        self._thread = threading.Thread(target=self._repeat, args=(parent,), name=name, daemon=True)
        self._thread.start()

    def stop(self, parent: Any) -> None:
        """End after what is being done now."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    terminate = stop

    def act(self, parent: Any) -> None:
        """What is to be done again and again."""
        raise NotImplementedError

    def pause_seconds(self) -> float:
        """How long to wait before it is done again."""
        raise NotImplementedError

    def _repeat(self, parent: Any) -> None:
        while True:
            try:
                self.act(parent)
            except PipelineError as error:
                logger.warning("%s: %s", type(self).__name__, error)
            except Exception:
                # The worker needs this thread as long as it lives, whatever went wrong once.
                logger.exception("%s failed", type(self).__name__)
            if self._stop.wait(self.pause_seconds()):
                return
