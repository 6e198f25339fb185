"""Submit sessions at the same time, through every door, until each one is accepted."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from chaos.callers import Library, Mcp, RefusedError
from chaos.cluster import Cluster
from chaos.kinds import DEALT, Kind, plan_of
from chaos.repositories import CHANGED, REPOSITORIES, write_repository
from chaos.trees import Trees

from pipeline_mcp.domain.application import Direction
from pipeline_mcp.domain.session import RunOptions, SessionStatus, SessionView
from pipeline_mcp.errors import PipelineError, ServiceError
from pipeline_mcp.sessions.base import base_scan, compared_with
from pipeline_mcp.sessions.follow import view
from pipeline_mcp.sessions.resolve import resolve

_AT_ONCE = 12
_PAUSE_SECONDS = 0.3
_PATIENCE_SECONDS = 120.0
_MCP_SHARE = 0.5
_NO_CACHE_SHARE = 0.7

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A session that a caller was told of; `refused` counts the calls that failed before."""

    session_id: str
    repository: str
    door: str
    refused: int


class GivenUpError(Exception):
    """A caller has waited for very long, or the campaign is over."""


class Load:
    """The callers; each one's choices come from the seed and its number alone."""

    def __init__(self, cluster: Cluster, trees: Trees, seed: int) -> None:
        self._cluster = cluster
        self._trees = trees
        self._seed = seed
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="caller")
        self._calls: list[Future[None]] = []
        self._accepted: list[Accepted] = []
        # workspace -> the name of its repository, and the number of the copy
        self.repositories: dict[str, tuple[str, int]] = {}
        # those whose callers were told that their patch was taken back
        self.undone: set[str] = set()

    def __enter__(self) -> Load:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)

    def begin(self, number: int) -> None:
        """Let caller `number` submit its session, and try again until it is accepted."""
        chance = random.Random(f"{self._seed}/session/{number}")
        kind, name = chance.choice(DEALT), chance.choice(sorted(REPOSITORIES))
        if kind is Kind.BASE:
            name = CHANGED
        place = self._cluster.root / "workspaces" / f"{number}"
        write_repository(name, place, copy=number, changed=kind is Kind.BASE)
        self._trees.add(place, is_watched=plan_of(kind) is not None)
        self.repositories[str(place)] = (name, number)
        caller = _Caller(self, place, name, kind, f"{self._seed}/{number}", chance)
        self._calls.append(self._pool.submit(caller.go))

    def settled(self) -> bool:
        """True once no caller waits any more."""
        return all(call.done() for call in self._calls)

    def accepted(self) -> list[Accepted]:
        """The sessions that were accepted so far."""
        for call in self._calls:
            call.result()
        return list(self._accepted)

    def note(self, accepted: Accepted) -> None:
        """A caller was told of a session."""
        self._accepted.append(accepted)

    def insist(self, call: Callable[[], Answer]) -> tuple[Answer, int]:
        """Call until it is not refused; gives the answer, and how often it was.

        Raises:
            GivenUpError: that took too long.
        """
        for refused in range(round(_PATIENCE_SECONDS / _PAUSE_SECONDS)):
            try:
                return call(), refused
            except RefusedError:
                if self._stop.wait(_PAUSE_SECONDS):
                    break
        raise GivenUpError

    def door(self, kind: Kind, chance: random.Random) -> Library:
        """What comes of a caller that fixes by itself, or compares, goes through the library."""
        is_mcp = chance.random() < _MCP_SHARE and kind in (Kind.SCAN, Kind.UNDONE)
        return Mcp(self._cluster.mcp_url) if is_mcp else Library()


class _Caller:
    def __init__(
        self, load: Load, place: Path, name: str, kind: Kind, key: str, chance: random.Random
    ) -> None:
        self.load = load
        self.place = place
        self.name = name
        self.kind = kind
        self.key = key
        self.door = load.door(kind, chance)
        self.use_cache = chance.random() > _NO_CACHE_SHARE
        self.priority = chance.choice((3, 5, 7))

    def go(self) -> None:
        try:
            if self.kind is Kind.BASE:
                self._compare()
                return
            session_id = self._accept(self._submit)
            if self.kind is Kind.UNDONE:
                self._apply_and_undo(session_id)
        except GivenUpError:
            return

    def _accept(self, call: Callable[[], str]) -> str:
        session_id, refused = self.load.insist(call)
        self.load.note(Accepted(session_id, self.name, self.door.name, refused))
        return session_id

    def _submit(self) -> str:
        return self.door.submit(
            self.place, self.kind, self.key, use_cache=self.use_cache, priority=self.priority
        )

    def _apply_and_undo(self, session_id: str) -> None:
        """As people do: wait for the end, bring the patch in, think again."""
        if self._end_of(session_id).status is SessionStatus.CANCELLED:
            return
        for direction in (Direction.APPLY, Direction.UNDO):
            self.load.insist(lambda way=direction: self.door.bring(session_id, way))
        self.load.undone.add(session_id)

    def _compare(self) -> None:
        """First the base of the change, then what is compared with it."""
        options = RunOptions(
            path=str(self.place), use_cache=self.use_cache, attached=False, origin="chaos"
        )
        scan, _ = self.load.insist(lambda: through(lambda: base_scan(resolve(options), "HEAD")))
        before = self._accept(lambda: self.door.submit_request(scan.request, f"{self.key}/before"))
        self._end_of(before)
        try:
            request, _ = self.load.insist(
                lambda: through(lambda: compared_with(resolve(options), scan, before))
            )
        except PipelineError:
            return  # that of the base was cancelled
        self._accept(lambda: self.door.submit_request(request, f"{self.key}/after"))

    def _end_of(self, session_id: str) -> SessionView:
        def ended() -> SessionView:
            seen = through(lambda: view(session_id))
            if not seen.is_final:
                raise RefusedError
            return seen

        return self.load.insist(ended)[0]


def through(call: Callable[[], Answer]) -> Answer:
    """The answer, or that the services refuse it now.

    Raises:
        RefusedError: they do.
    """
    try:
        return call()
    except ServiceError as error:
        raise RefusedError(error.message) from error
