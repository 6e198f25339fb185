"""A worker says that it is there, again and again, and ends what dead workers left behind."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import workers
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.tools.marks import end_orphans
from tasks.periodic import Periodic


class Presence(Periodic):
    """The worker's row, as long as it lives."""

    def act(self, parent: Any) -> None:
        """Say that the worker is there."""
        end_orphans()
        queues = sorted(parent.app.amqp.queues.consume_from)
        with transaction() as connection:
            workers.heartbeat(connection, parent.hostname, queues, parent.concurrency)

    def pause_seconds(self) -> float:
        """The setting `heartbeat_seconds`."""
        return settings().heartbeat_seconds

    def stop(self, parent: Any) -> None:
        """Beat no more, and say good-bye."""
        super().stop(parent)
        with suppress(PipelineError), transaction() as connection:
            workers.forget(connection, parent.hostname)

    terminate = stop
