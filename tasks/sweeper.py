"""Every worker ends the tools that dead workers on its host have left behind."""

from __future__ import annotations

import logging
import time
from typing import Any

from pipeline_mcp.config.settings import settings
from pipeline_mcp.tools.marks import end_orphans
from tasks.periodic import Periodic

logger = logging.getLogger(__name__)

# On a host with very many processes a look takes time: at most this share of a processor.
_SHARE = 0.01


class Sweeper(Periodic):
    """Looks for tools without a worker, from the start on."""

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._took = 0.0

    def act(self, parent: Any) -> None:
        """End them."""
        begun = time.monotonic()
        if ended := end_orphans():
            logger.warning("ended %d processes of a worker that is gone", ended)
        self._took = time.monotonic() - begun

    def pause_seconds(self) -> float:
        """The setting `heartbeat_seconds`, or longer where a look takes long."""
        return max(settings().heartbeat_seconds, self._took / _SHARE)
