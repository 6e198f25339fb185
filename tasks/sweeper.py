"""Every worker ends the tools that dead workers on its host have left behind."""

from __future__ import annotations

import logging
from typing import Any

from pipeline_mcp.config.settings import settings
from pipeline_mcp.tools.marks import end_orphans
from tasks.periodic import Periodic

logger = logging.getLogger(__name__)


class Sweeper(Periodic):
    """Looks for tools without a worker, from the start on."""

    def act(self, parent: Any) -> None:
        """End them."""
        if ended := end_orphans():
            logger.warning("ended %d processes of a worker that is gone", ended)

    def pause_seconds(self) -> float:
        """The setting `heartbeat_seconds`."""
        return settings().heartbeat_seconds
