"""The tools of the server, in the order in which clients list them."""

from __future__ import annotations

from pipeline_mcp.server.served import ServedTool
from pipeline_mcp.server.tools import (
    applying,
    baseline,
    compliance,
    control,
    environment,
    findings,
    github,
    health,
    runs,
    status,
    versions,
)

SERVED: tuple[ServedTool, ...] = (
    *runs.SERVED,
    *status.SERVED,
    *findings.SERVED,
    *baseline.SERVED,
    *control.SERVED,
    *applying.SERVED,
    *versions.SERVED,
    *github.SERVED,
    *health.SERVED,
    *environment.SERVED,
    *compliance.SERVED,
)
