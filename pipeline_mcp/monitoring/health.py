"""The health of the whole: which measurements there are, and what they add up to."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline_mcp import __version__
from pipeline_mcp.config.settings import settings
from pipeline_mcp.config.show import redacted
from pipeline_mcp.db import workers as register
from pipeline_mcp.db.engine import reading
from pipeline_mcp.errors import ServiceError
from pipeline_mcp.monitoring import broker_probe, database_probe, host_probe, worker_probe
from pipeline_mcp.monitoring.database_probe import expect_tables
from pipeline_mcp.monitoring.measurement import (
    Measurement,
    Probe,
    Reading,
    State,
    measure,
    worst,
)

# What must work for a session to be accepted and worked on.
ESSENTIAL: Mapping[str, Probe] = {
    "broker": broker_probe.broker,
    "database": database_probe.database,
    "workers": worker_probe.workers,
    "state_directory": host_probe.state_directory,
}


def _queues() -> Reading:
    try:
        expect_tables()
        with reading() as connection:
            nodes = {each.node for each in register.live(connection)}
    except ServiceError:
        nodes = set()  # the database has a measurement of its own
    return broker_probe.queues({*nodes, settings().node})


def _model() -> Reading:
    return Reading(State.OK, "no model installed", facts={"installed": False})


COMPREHENSIVE: Mapping[str, Probe] = {
    **ESSENTIAL,
    "queues": _queues,
    "sessions": database_probe.sessions,
    "blob_store": host_probe.blob_store,
    "memory": host_probe.memory,
    "model": _model,
}


@dataclass(frozen=True, slots=True)
class Health:
    """All measurements of one moment, and the state of the worst part; seconds since the epoch."""

    state: State
    measured_at: float
    measurements: tuple[Measurement, ...]

    def document(self, *, details: bool = True) -> dict[str, Any]:
        """A JSON-ready picture without secrets; the numbers only with `details`."""
        return {
            "status": self.state.value,
            "version": __version__,
            "measured_at": self.measured_at,
            "checks": [_described(each, details=details) for each in self.measurements],
        }


def check(probes: Mapping[str, Probe] = ESSENTIAL) -> Health:
    """Measure now, for at most `health.probe_seconds` in all."""
    configured = settings()
    target = f"{configured.broker} {configured.database} {configured.state_dir}"
    # Each probe gives up by itself after the same time; this is for what cannot be told to.
    limit = configured.health.probe_seconds + 0.2
    measurements = measure(probes, seconds=limit, target=target)
    return Health(worst(measurements), time.time(), measurements)


def _described(measurement: Measurement, *, details: bool) -> dict[str, Any]:
    found = measurement.reading
    described = {
        "name": measurement.name,
        "status": found.state.value,
        "detail": redacted(found.detail),
        "advice": redacted(found.advice),
        "seconds": round(measurement.seconds, 4),
    }
    return described | ({"facts": redacted(found.facts)} if details else {})
