"""Every worker reconciles: as soon as it is ready, and on a timer."""

from __future__ import annotations

import logging
from typing import Any

from pipeline_mcp.config.settings import settings
from pipeline_mcp.errors import ServiceError
from pipeline_mcp.sessions.reconcile import notice_loss, reconcile
from tasks.periodic import Periodic

logger = logging.getLogger(__name__)


class Reconciler(Periodic):
    """Looks for what nobody continues; a lock lets one worker at a time do it."""

    def act(self, parent: Any) -> None:
        """Continue it."""
        try:
            notice_loss()
        except ServiceError as error:
            # A broker that is away is asked again; the rest can be done without it.
            logger.info("the broker cannot be asked what it remembers: %s", error)
        reconcile()

    def pause_seconds(self) -> float:
        """The setting `reconcile_seconds`."""
        return settings().reconcile_seconds
