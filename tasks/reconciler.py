"""Every worker reconciles: as soon as it is ready, and on a timer."""

from __future__ import annotations

from typing import Any

from pipeline_mcp.config.settings import settings
from pipeline_mcp.sessions.reconcile import reconcile
from tasks.periodic import Periodic


class Reconciler(Periodic):
    """Looks for what nobody continues; a lock lets one worker at a time do it."""

    def act(self, parent: Any) -> None:
        """Continue it."""
        reconcile()

    def pause_seconds(self) -> float:
        """The setting `reconcile_seconds`."""
        return settings().reconcile_seconds
