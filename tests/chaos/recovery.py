"""How each kind of fault was survived: the rows of the published table."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chaos.breach import Breach
from chaos.campaign import Struck
from chaos.facts import Facts
from chaos.faults import SessionCancelled
from chaos.verdict import DUPLICATED, LOST

from pipeline_mcp.domain.session import FINAL_STATUSES

_FINAL = {status.value for status in FINAL_STATUSES}


@dataclass(frozen=True, slots=True)
class Row:
    """A kind of fault.

    `injected` and `idle` count faults, idle ones met no unfinished session. The others count
    pairs of a fault and a session that it hit: `recovered` ended as it should, `incomplete` of
    these because of a fault that is meant to have this effect, `cancelled` ended so, `lost` did
    not end, `duplicated` has an effect twice.
    `seconds` are the times from the fault to the end of each unit that it interrupted, or, where
    it interrupts none, to the next finished unit of each session that it hit, or its end.
    """

    kind: str
    injected: int
    idle: int
    hit: int
    recovered: int
    incomplete: int
    cancelled: int
    lost: int
    duplicated: int
    seconds: tuple[float, ...]

    @property
    def median(self) -> float | None:
        """Half of the times are shorter."""
        return statistics.median(self.seconds) if self.seconds else None

    @property
    def p95(self) -> float | None:
        """All but one in twenty of the times are shorter."""
        if not self.seconds:
            return None
        return sorted(self.seconds)[math.ceil(0.95 * len(self.seconds)) - 1]


def rows(struck: Iterable[Struck], facts: Facts, breaches: Sequence[Breach]) -> list[Row]:
    """One row for each kind, and one for all."""
    by_kind: defaultdict[str, list[Struck]] = defaultdict(list)
    for each in struck:
        by_kind[each.kind].append(each)
    made = [_row(kind, by_kind[kind], facts, breaches) for kind in sorted(by_kind)]
    everything = [each for kind in by_kind.values() for each in kind]
    return [*made, _row("all", everything, facts, breaches)]


def _row(kind: str, struck: Sequence[Struck], facts: Facts, breaches: Sequence[Breach]) -> Row:
    pairs = [(each, session_id) for each in struck for session_id in sorted(each.affected)]
    ends = [_status(facts, session_id) for _, session_id in pairs]
    broken = {one.session_id for one in breaches}
    good = [_status(facts, session_id) for _, session_id in pairs if session_id not in broken]
    wrong = {rule: {one.session_id for one in breaches if one.rule == rule} for rule in _COUNTED}
    times = (seconds for each in struck for seconds in _times(facts, each))
    return Row(
        kind=kind,
        injected=len(struck),
        idle=sum(not each.affected for each in struck),
        hit=len(pairs),
        recovered=sum(end in ("passed", "failed", "incomplete") for end in good),
        incomplete=good.count("incomplete"),
        cancelled=ends.count("cancelled"),
        lost=sum(session_id in wrong[LOST] for _, session_id in pairs),
        duplicated=sum(session_id in wrong[DUPLICATED] for _, session_id in pairs),
        seconds=tuple(seconds for seconds in times if seconds is not None),
    )


def _times(facts: Facts, struck: Struck) -> Iterator[float | None]:
    if struck.kind == SessionCancelled.kind:
        return  # there is nothing to get over
    for session_id in sorted(struck.affected):
        interrupted = [unit.key for unit in struck.units if unit.session_id == session_id]
        keys: Sequence[str | None] = interrupted or [None]
        for key in keys:
            yield seconds_to_progress(facts, session_id, struck.at, key=key)


def seconds_to_progress(
    facts: Facts, session_id: str, since: float, *, key: str | None = None
) -> float | None:
    """Seconds until the unit `key`, or else any, was done, or the session ended; None if never.

    The end of a cancelled session is no progress.
    """
    row = facts.sessions.get(session_id)
    if row is None:
        return None
    moments = [unit.finished_at for unit in facts.units[session_id] if key in (None, unit.key)]
    if row.status != "cancelled":
        moments.append(row.finished_at)
    later = [moment - since for moment in moments if moment is not None and moment > since]
    return min(later, default=None)


def _status(facts: Facts, session_id: str) -> str:
    row = facts.sessions.get(session_id)
    return row.status if row else "unknown"


_COUNTED = (LOST, DUPLICATED)
