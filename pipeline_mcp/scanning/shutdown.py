"""This process is about to end: running tools have a moment left, then their units go back."""

from __future__ import annotations

import time

from pipeline_mcp.config.settings import settings


class Shutdown:
    """Whether the process has been asked to end, and since when."""

    def __init__(self) -> None:
        self._begun_at: float | None = None

    def begin(self) -> None:
        """The process was asked to end; takes no lock, for a signal's handler calls it."""
        if self._begun_at is None:
            self._begun_at = time.monotonic()

    @property
    def has_begun(self) -> bool:
        """True if nothing new may be started."""
        return self._begun_at is not None

    @property
    def is_due(self) -> bool:
        """True if what still runs has had its `shutdown_seconds`."""
        begun_at = self._begun_at
        return begun_at is not None and (time.monotonic() - begun_at >= settings().shutdown_seconds)


SHUTDOWN = Shutdown()
