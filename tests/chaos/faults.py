"""The faults: one small class each, which chooses its target, strikes, and repairs the damage."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

import redis
from chaos.cluster import Cluster
from chaos.watch import RunningUnit, Sight, Watch
from sqlalchemy import select

from pipeline_mcp.db import applications
from pipeline_mcp.db.engine import reading
from pipeline_mcp.db.tables import unit
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.errors import ServiceError
from pipeline_mcp.sessions.cancel import cancel

CHORD_KEYS = "pipeline-celery-taskset-meta-*"


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A session that was cancelled.

    By then each of its units had been begun so often, and it meant to write these files.
    """

    session_id: str
    attempts: dict[str, int]
    intended: frozenset[str] = frozenset()


class Fault:
    """One way to disturb; `outage` is the shortest and the longest time to the repair, seconds."""

    kind: ClassVar[str]
    outage: ClassVar[tuple[float, float]] = (0.3, 3.0)
    # How long it may look for a target, seconds.
    patience: ClassVar[float] = 20.0

    def __init__(self, cluster: Cluster, watch: Watch, chance: random.Random) -> None:
        self.cluster = cluster
        self.watch = watch
        self.chance = chance
        self.target = ""

    def unavailable(self) -> str:
        """Why it cannot strike on this machine; empty if it can."""
        return ""

    def is_possible(self) -> bool:
        """Choose the target; False if there is none at this moment."""
        return True

    def affected(self, sight: Sight) -> frozenset[str]:
        """The sessions that it hits."""
        return sight.unfinished

    def units(self, sight: Sight) -> tuple[RunningUnit, ...]:
        """The running units that it hits."""
        return ()

    def strike(self) -> None:
        """Do it."""
        raise NotImplementedError

    def repair(self) -> None:
        """Bring back what it ended."""


class BrokerKilled(Fault):
    """SIGKILL for the broker, which comes back with its append-only file."""

    kind = "broker killed"

    def is_possible(self) -> bool:
        return self.cluster.broker.is_running()

    def strike(self) -> None:
        self.cluster.broker.kill()

    def repair(self) -> None:
        self.cluster.broker.start()


class BrokerLost(BrokerKilled):
    """SIGKILL for a broker that has written nothing down: it comes back empty."""

    kind = "broker killed, nothing kept"

    def strike(self) -> None:
        super().strike()
        self.cluster.broker.lose_everything()


class _KeysFault(Fault):
    pattern: ClassVar[str]

    def is_possible(self) -> bool:
        with self.cluster.broker.client() as client:
            try:
                return self._has(client)
            except redis.RedisError:
                return False

    def _has(self, client: redis.Redis) -> bool:
        return next(client.scan_iter(self.pattern, count=1_000), None) is not None

    def strike(self) -> None:
        with self.cluster.broker.client() as client:
            keys = list(client.scan_iter(self.pattern, count=1_000))
            self.target = f"{len(keys)} keys"
            if keys:
                client.delete(*keys)


class ChordKeysDropped(_KeysFault):
    """The counters of all chords are gone, as after an eviction."""

    kind = "chord keys dropped"
    pattern = CHORD_KEYS


class ResultsFlushed(_KeysFault):
    """Everything that the result backend holds is gone."""

    kind = "result backend flushed"
    pattern = "pipeline-*"


class BrokerFlushed(_KeysFault):
    """FLUSHALL: queues, results and chords are gone while everybody is connected."""

    kind = "FLUSHALL"
    pattern = "*"

    def strike(self) -> None:
        with self.cluster.broker.client() as client:
            client.flushall()


class DatabaseStopped(Fault):
    """The database is stopped as by a crash, and recovers when it starts."""

    kind = "database stopped"

    def is_possible(self) -> bool:
        return self.cluster.database.is_running()

    def strike(self) -> None:
        self.cluster.database.stop_immediately()

    def repair(self) -> None:
        self.cluster.database.start()


class ServerKilled(Fault):
    """SIGKILL for the MCP server."""

    kind = "MCP server killed"

    def is_possible(self) -> bool:
        return self.cluster.server.is_running()

    def strike(self) -> None:
        self.cluster.server.kill()

    def repair(self) -> None:
        self.cluster.server.start()


class DiskFilled(Fault):
    """No room is left in the state directory of one node."""

    kind = "disk full"

    def unavailable(self) -> str:
        return self.cluster.disk.reason

    def strike(self) -> None:
        self.cluster.disk.fill()

    def repair(self) -> None:
        self.cluster.disk.make_room()


class SessionCancelled(Fault):
    """Somebody cancels a session."""

    kind = "session cancelled"

    def is_possible(self) -> bool:
        waiting = sorted(self.watch.look().unfinished)
        if waiting and self.cluster.database.is_running():
            self.target = self.chance.choice(waiting)
        return bool(self.target)

    def affected(self, sight: Sight) -> frozenset[str]:
        return frozenset({self.target})

    def strike(self) -> None:
        self.cancelled = None
        try:
            if cancel(self.target).status is not SessionStatus.CANCELLED:
                return  # it had just ended
            with reading() as connection:
                rows = connection.execute(
                    select(unit.c.key, unit.c.attempt).where(unit.c.session_id == self.target)
                )
                wish = applications.get(connection, self.target)
                intended = frozenset(wish["journal"]) if wish else frozenset[str]()
                self.cancelled = Cancelled(self.target, dict(map(tuple, rows)), intended)
        except ServiceError:
            return  # the caller was told that it did not work

    cancelled: Cancelled | None = None
