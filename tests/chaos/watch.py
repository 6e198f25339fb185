"""Look at the database all the time: what runs, and how the sessions' statuses change."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from sqlalchemy import select

from pipeline_mcp.db import clock
from pipeline_mcp.db.engine import reading
from pipeline_mcp.db.tables import session, unit
from pipeline_mcp.domain.session import FINAL_STATUSES, Stage
from pipeline_mcp.domain.unit import UnitState
from pipeline_mcp.errors import ServiceError

_PAUSE_SECONDS = 0.2
_FINAL = {status.value for status in FINAL_STATUSES}


@dataclass(frozen=True, slots=True)
class RunningUnit:
    """A claimed unit, and the process that claimed it, as the row names it."""

    session_id: str
    key: str
    owner: str


@dataclass(frozen=True, slots=True)
class Sight:
    """The database at one moment: every session's status, and the units under a live lease.

    `fixing` are the sessions that make fixes, `places` the workspaces of all.
    """

    statuses: dict[str, str]
    running: tuple[RunningUnit, ...] = ()
    fixing: frozenset[str] = frozenset()
    places: dict[str, str] = field(default_factory=dict)

    @property
    def unfinished(self) -> frozenset[str]:
        """The sessions that are not final."""
        return frozenset(each for each, word in self.statuses.items() if word not in _FINAL)

    def running_in(self, pid: int) -> tuple[RunningUnit, ...]:
        """The units that the process `pid` has claimed."""
        return tuple(each for each in self.running if f":{pid}:" in each.owner)


class Watch:
    """A thread that looks again and again, whenever the database answers."""

    def __init__(self) -> None:
        self.history: dict[str, list[str]] = {}
        self._last = Sight({})
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def look(self) -> Sight:
        """What is there now, or was when the database last answered."""
        try:
            seen = _look()
        except ServiceError:
            return self._last
        with self._lock:
            self._last = seen
            for session_id, status in seen.statuses.items():
                known = self.history.setdefault(session_id, [])
                if known[-1:] != [status]:
                    known.append(status)
        return seen

    def of_workspace(self, place: str) -> frozenset[str]:
        """The sessions over that workspace."""
        return frozenset(each for each, where in self._last.places.items() if where == place)

    def _look_on(self) -> None:
        while not self._stop.wait(_PAUSE_SECONDS):
            self.look()


def _look() -> Sight:
    live = select(unit.c.session_id, unit.c.key, unit.c.owner).where(
        unit.c.state == UnitState.RUNNING, unit.c.lease_until > clock.now()
    )
    sessions = select(session.c.id, session.c.status, session.c.stage, session.c.workspace)
    with reading() as connection:
        rows = connection.execute(sessions).all()
        running = connection.execute(live).all()
    statuses = {row.id: row.status for row in rows}
    fixing = {row.id for row in rows if row.stage == Stage.FIX and row.status not in _FINAL}
    return Sight(
        statuses,
        tuple(RunningUnit(*row) for row in running),
        frozenset(fixing),
        {row.id: row.workspace for row in rows},
    )
