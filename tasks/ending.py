"""A worker that is asked to end gives back what it cannot finish in a moment."""

from __future__ import annotations

from typing import Any

from celery.signals import worker_shutting_down

from pipeline_mcp.scanning.shutdown import SHUTDOWN


@worker_shutting_down.connect
def begin_to_end(**_facts: Any) -> None:
    """The signal has come: running tools have `shutdown_seconds` left."""
    SHUTDOWN.begin()
