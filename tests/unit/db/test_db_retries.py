from __future__ import annotations

import pytest

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db.retries import through_outages
from pipeline_mcp.errors import ServiceError, TransientServiceError


@pytest.fixture(autouse=True)
def short_outages(clean_environment: pytest.MonkeyPatch) -> None:
    clean_environment.setenv("PIPELINE_OUTAGE_SECONDS", "0.5")
    settings.cache_clear()


class Outage:
    """Work that fails so often, and counts how often it was tried."""

    def __init__(self, times: int, error: Exception) -> None:
        self.left, self.error, self.tries = times, error, 0

    def __call__(self) -> str:
        self.tries += 1
        if self.tries <= self.left:
            raise self.error
        return "done"


AWAY = TransientServiceError("database", "it is away")


def test_what_passes_is_waited_for() -> None:
    work = Outage(2, AWAY)
    assert through_outages(work) == "done"
    assert work.tries == 3


def test_what_stays_fails_at_once() -> None:
    work = Outage(2, ServiceError("database", "no such database"))
    with pytest.raises(ServiceError, match="no such database"):
        through_outages(work)
    assert work.tries == 1


def test_an_outage_that_is_too_long_is_an_error() -> None:
    work = Outage(1000, AWAY)
    with pytest.raises(TransientServiceError):
        through_outages(work)
    assert 1 < work.tries < 20
