"""Measurements of the health for whoever asks over HTTP: one at a time, whoever asks how often."""

from __future__ import annotations

import time
from collections.abc import Mapping

import anyio
import anyio.to_thread

from pipeline_mcp.monitoring import health
from pipeline_mcp.monitoring.health import Health
from pipeline_mcp.monitoring.measurement import Probe

# Nobody is told of a moment that is longer ago than this.
_FRESH_SECONDS = 0.5


class Gauge:
    """A set of probes; those who ask while it measures get the same answer."""

    def __init__(self, probes: Mapping[str, Probe]) -> None:
        self._probes = probes
        self._lock = anyio.Lock()
        self._seen: tuple[float, Health] | None = None

    async def read(self) -> Health:
        """The health at this moment; each probe has `health.probe_seconds`."""
        async with self._lock:
            if self._seen is None or time.monotonic() - self._seen[0] > _FRESH_SECONDS:
                found = await anyio.to_thread.run_sync(health.check, self._probes)
                self._seen = (time.monotonic(), found)
            return self._seen[1]
