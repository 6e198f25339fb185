"""The broker: does it answer and take something, and how long are its queues?"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kombu.connection import Connection

from pipeline_mcp.broker import application, broker_errors
from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.queue import Queue, workspace_queue
from pipeline_mcp.monitoring.measurement import Reading, State

_MARK = "health-of-pipeline-mcp"
_MARK_SECONDS = 60
_PRIORITIES = range(10)
# What kombu puts between a queue's name and its priority; the most urgent has the name alone.
_SEPARATOR = "\x06\x16"


@contextmanager
def connected() -> Iterator[Connection]:
    """A connection of its own that gives up soon: the shared ones wait longer.

    Raises:
        ServiceError: the broker cannot be reached.
    """
    seconds = settings().health.probe_seconds
    options = {"socket_timeout": seconds, "socket_connect_timeout": seconds, "max_retries": 0}
    with (
        broker_errors(),
        application().connection_for_write(
            connect_timeout=seconds,
            transport_options={**application().conf.broker_transport_options, **options},
        ) as connection,
    ):
        # By itself it would try again after two seconds.
        connection.ensure_connection(
            max_retries=1, interval_start=0, interval_step=0, timeout=seconds
        )
        yield connection


def broker() -> Reading:
    """Ping it, and let it take a mark: a full or read-only one would not.

    Raises:
        ServiceError: it does neither.
    """
    with connected() as connection:
        client = _client(connection)
        began = time.monotonic()
        client.ping()
        seconds = time.monotonic() - began
        client.set(_MARK, "1", ex=_MARK_SECONDS)
        facts = {"round_trip_seconds": round(seconds, 6), **_said_of_itself(client)}
    detail = f"answers in {seconds * 1000:.1f} ms and takes messages"
    if facts.get("persistence") == "err":
        advice = "What it holds would be lost with it: see its log, and make room on its disk."
        return Reading(State.DEGRADED, "answers, but cannot write to its disk", advice, facts)
    if seconds > settings().health.slow_seconds:
        advice = "See what keeps the server or the network busy (health.slow_seconds)."
        return Reading(State.DEGRADED, detail, advice, facts)
    return Reading(State.OK, detail, facts=facts)


def queues(nodes: Iterable[str]) -> Reading:
    """How many messages wait in each queue, by priority; `nodes` are hosts with a queue of theirs.

    Raises:
        ServiceError: the broker cannot be reached.
    """
    names = [*map(str, Queue), *(workspace_queue(node) for node in sorted(nodes))]
    with connected() as connection:
        depths = _depths(_client(connection), names)
    total = {name: sum(by_priority.values()) for name, by_priority in depths.items()}
    facts = {"depth": total, "by_priority": {name: each for name, each in depths.items() if each}}
    detail = ", ".join(f"{name}: {depth}" for name, depth in total.items())
    deep = [name for name, depth in total.items() if depth >= settings().health.queue_depth]
    if not deep:
        return Reading(State.OK, detail, facts=facts)
    advice = f"Start more workers for {', '.join(deep)} (health.queue_depth)."
    return Reading(State.DEGRADED, detail, advice, facts)


def _client(connection: Connection) -> Any:
    return connection.channel().client  # type: ignore[no-untyped-call]


def _depths(client: Any, names: list[str]) -> dict[str, dict[str, int]]:
    keys = [(name, priority) for name in names for priority in _PRIORITIES]
    with client.pipeline(transaction=False) as together:
        for name, priority in keys:
            together.llen(f"{name}{_SEPARATOR}{priority}" if priority else name)
        lengths = together.execute()
    depths: dict[str, dict[str, int]] = {name: {} for name in names}
    for (name, priority), length in zip(keys, lengths, strict=True):
        if length:
            depths[name][str(priority)] = length
    return depths


def _said_of_itself(client: Any) -> dict[str, Any]:
    """Memory, version and whether it writes its log; nothing where a user may not ask."""
    from redis.exceptions import ResponseError

    try:
        said = client.info()
    except ResponseError as error:
        return {"info": f"{error}"}
    facts = {
        "version": said.get("valkey_version") or said.get("redis_version"),
        "memory_bytes": said.get("used_memory"),
        "memory_limit_bytes": said.get("maxmemory") or None,
        "clients": said.get("connected_clients"),
    }
    if said.get("aof_enabled"):
        facts["persistence"] = said.get("aof_last_write_status")
    return facts
