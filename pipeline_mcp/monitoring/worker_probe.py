"""The workers: who says in the database that he is there, and who answers through the broker?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from pipeline_mcp.broker import application
from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import workers as register
from pipeline_mcp.db.engine import reading
from pipeline_mcp.db.workers import Worker
from pipeline_mcp.domain.queue import Queue
from pipeline_mcp.errors import ServiceError
from pipeline_mcp.monitoring.broker_probe import connected
from pipeline_mcp.monitoring.database_probe import expect_tables
from pipeline_mcp.monitoring.measurement import Reading, State

_START = "Start one with `celery -A tasks worker` or `pipeline-mcp up`."
# Within the time of the whole measurement there must be some left for the questions around it.
_SHARE_OF_THE_TIME = 0.6


def workers() -> Reading:
    """Those that were seen lately; each is asked through the broker, as a task would be sent.

    Raises:
        ServiceError: the database cannot be used.
    """
    expect_tables()
    with reading() as connection:
        live = register.live(connection)
        ages = register.ages(connection)
    if not live:
        none: dict[str, Any] = {"workers": [], "silent": sorted(ages)}
        return Reading(State.FAILED, "none alive: nothing is worked on", _START, none)
    answering, trouble = _answering(len(live))
    facts = {
        "workers": [_described(each, ages, answering) for each in live],
        "silent": sorted(ages.keys() - {each.name for each in live}),
        "slots": sum(each.concurrency for each in live),
        "queues_without_worker": without_worker(live),
    }
    return _judged(live, answering, trouble, facts)


def without_worker(live: Sequence[Worker]) -> list[str]:
    """The queues that no live worker listens to."""
    served = {name for each in live for name in each.queues}
    return [str(name) for name in Queue if name not in served]


def _judged(
    live: Sequence[Worker], answering: Collection[str], trouble: str, facts: dict[str, Any]
) -> Reading:
    mute = [each.name for each in live if each.name not in answering]
    detail = f"{len(live)} alive with {facts['slots']} units at once"
    if mute:
        said = f"{detail}; no answer through the broker from {', '.join(mute)}"
        said = f"{said} ({trouble})" if trouble else said
        return Reading(State.DEGRADED, said, "See the broker, and the log of the worker.", facts)
    if unserved := facts["queues_without_worker"]:
        said = f"{detail}; nobody listens to {', '.join(unserved)}"
        return Reading(State.DEGRADED, said, _START, facts)
    return Reading(State.OK, f"{detail}, all answer through the broker", facts=facts)


def _answering(number: int) -> tuple[set[str], str]:
    """The names of the workers that answer, and what went wrong if the broker cannot be used."""
    seconds = settings().health.probe_seconds * _SHARE_OF_THE_TIME
    try:
        with connected() as connection:
            replies = application().control.ping(
                timeout=seconds, limit=number, connection=connection
            )
    except ServiceError as error:
        return set(), error.message
    return {name for reply in replies for name in reply}, ""


def _described(
    worker: Worker, ages: dict[str, float], answering: Collection[str]
) -> dict[str, Any]:
    return {
        "name": worker.name,
        "node": worker.node,
        "version": worker.version,
        "queues": list(worker.queues),
        "concurrency": worker.concurrency,
        "seen_seconds_ago": round(ages.get(worker.name, 0.0), 1),
        "answers": worker.name in answering,
    }
