"""Which workers are there: each says so every few seconds, and counts as gone when it stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from pipeline_mcp import __version__
from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import clock
from pipeline_mcp.db.tables import worker
from pipeline_mcp.db.upsert import insert_if_absent

# A worker that was not seen for this many seconds is gone, however it ended.
ALIVE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker that was seen lately: its Celery node name, host, queues and units at once."""

    name: str
    node: str
    queues: tuple[str, ...]
    concurrency: int
    version: str


def heartbeat(connection: Connection, name: str, queues: Sequence[str], concurrency: int) -> None:
    """Say that the worker `name` is there."""
    facts = {
        "node": settings().node,
        "queues": list(queues),
        "concurrency": concurrency,
        "version": __version__,
    }
    insert_if_absent(
        connection,
        worker,
        [{"name": name, **facts}],
        started_at=clock.now(),
        seen_at=clock.now(),
    )
    connection.execute(
        update(worker).where(worker.c.name == name).values(seen_at=clock.now(), **facts)
    )


def live(connection: Connection) -> list[Worker]:
    """The workers that were seen lately, by name."""
    columns = (worker.c.name, worker.c.node, worker.c.queues, worker.c.concurrency)
    rows = connection.execute(
        select(*columns, worker.c.version).where(_is_live()).order_by(worker.c.name)
    )
    return [
        Worker(row.name, row.node, tuple(row.queues), row.concurrency, row.version) for row in rows
    ]


def ages(connection: Connection) -> dict[str, float]:
    """How many seconds ago each worker was seen, those too that count as gone."""
    rows = connection.execute(select(worker.c.name, clock.now() - worker.c.seen_at))
    return {name: float(seconds) for name, seconds in rows}


def slots(connection: Connection) -> int:
    """How many units the live workers can run at once."""
    total = select(func.coalesce(func.sum(worker.c.concurrency), 0)).where(_is_live())
    return int(connection.execute(total).scalar_one())


def forget(connection: Connection, name: str) -> None:
    """The worker `name` has ended."""
    connection.execute(delete(worker).where(worker.c.name == name))


def _is_live() -> ColumnElement[bool]:
    return worker.c.seen_at > clock.now() - ALIVE_SECONDS
