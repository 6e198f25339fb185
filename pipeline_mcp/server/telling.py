"""Progress notifications of a call that waits: each one further than the last, none too late."""

from __future__ import annotations

import math
import time
from typing import Any

from mcp.server.mcpserver import Context

from pipeline_mcp.domain.session import Glance, SessionStatus
from pipeline_mcp.reporting.sanitise import visible
from pipeline_mcp.reporting.wording import count

# Clients give a call up after a minute of silence; the promise is a word every 15 seconds.
LONGEST_SILENCE_SECONDS = 10.0
# A notification has to be further than the last one, even when nothing has been done since.
_STEP = 0.01
_NAMED_TOOLS = 4


class Teller:
    """Tells the caller whenever the session moves, and that it still runs when it does not."""

    def __init__(self, context: Context[Any, Any]) -> None:
        self._context = context
        self._told: Glance | None = None
        self._progress = -1.0
        self._when = -math.inf

    async def tell(self, seen: Glance, *, trouble: str = "") -> None:
        """Say where the session stands, if there is something to say."""
        now = time.monotonic()
        if seen == self._told and now - self._when < LONGEST_SILENCE_SECONDS:
            return
        self._told, self._when = seen, now
        self._progress = further(self._progress, seen.units.done)
        # One step is left for what comes after the last unit.
        total = seen.units.total + 1 if seen.units.total else None
        message = ": ".join(filter(None, (seen.session_id, trouble or wording(seen))))
        await self._context.report_progress(self._progress, total, message)


def further(told: float, done: int) -> float:
    """`done` where that is further than what was told, else a little towards the next unit."""
    if done > told:
        return float(done)
    return told + (math.floor(told) + 1 - told) * _STEP


def wording(seen: Glance) -> str:
    """`scan, 3 of 12 units done; mypy, pylint at work`."""
    if seen.status is SessionStatus.QUEUED:
        return "waits to begin"
    said = seen.stage.value
    if seen.units.total:
        said += f", {seen.units.done:,} of {seen.units.total:,} units done"
    if seen.findings:
        said += f", {count(seen.findings, 'finding')} so far"
    if seen.at_work:
        names = ", ".join(map(visible, seen.at_work[:_NAMED_TOOLS]))
        more = len(seen.at_work) - _NAMED_TOOLS
        said += f"; {names}{f' and {more} more' if more > 0 else ''} at work"
    return said
