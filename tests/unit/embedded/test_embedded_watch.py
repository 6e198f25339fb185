"""The watch beside a command: an outage of a service is no reason to end the command."""

from __future__ import annotations

from pathlib import Path

from fixtures.waiting import wait_until

from pipeline_mcp.config.settings import settings
from pipeline_mcp.embedded.planning import plan_for
from pipeline_mcp.embedded.watch import Watch
from pipeline_mcp.errors import ServiceError


def test_a_database_that_is_away_for_a_while_interrupts_nobody(state_dir: Path) -> None:
    looks: list[int] = []

    def is_missing() -> bool:
        looks.append(len(looks))
        raise ServiceError("database", "the server is away")

    with Watch(plan_for(settings(), None), is_missing):
        wait_until(lambda: len(looks) > 1, message="it looks again after a failure")
