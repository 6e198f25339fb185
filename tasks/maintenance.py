"""Every worker removes what has expired, when it is time and nobody else does."""

from __future__ import annotations

import logging
from typing import Any

from pipeline_mcp.sessions.retention import prune_if_due
from tasks.periodic import Periodic

logger = logging.getLogger(__name__)

# How often a worker asks whether it is time.
_PAUSE_SECONDS = 60.0


class Maintenance(Periodic):
    """Looks for what has expired; one worker has the turn."""

    def act(self, parent: Any) -> None:
        """Remove it."""
        for removed in prune_if_due():
            if removed.count:
                logger.info("%d %s have expired", removed.count, removed.kind)

    def stop(self, parent: Any) -> None:
        """Do not wait for it: it removes a little at a time, and whoever is next goes on."""
        self._stop.set()

    terminate = stop

    def pause_seconds(self) -> float:
        """A minute: the turns are `prune_minutes` long."""
        return _PAUSE_SECONDS
