"""Do a piece of work on the database again while the database is away."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from pipeline_mcp.config.settings import settings
from pipeline_mcp.errors import TransientServiceError

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0


def through_outages(work: Callable[[], Answer]) -> Answer:
    """What `work` gives; it is done again while it raises a fault that passes.

    The pauses grow, each with a random part so that waiting processes do not come back at once.
    `work` owns its transactions: one that failed has left nothing behind.

    Raises:
        ServiceError: the fault does not pass, or not within the setting `outage_seconds`.
    """
    deadline = time.monotonic() + settings().outage_seconds
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            return work()
        except TransientServiceError as error:
            if time.monotonic() + pause > deadline:
                raise
            logger.warning("trying again in a moment: %s", error)
        time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
