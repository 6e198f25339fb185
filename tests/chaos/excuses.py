"""What a session may say for itself when it ends incomplete, after what was done to it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from chaos.campaign import Struck
from chaos.faults import DiskFilled
from chaos.worker_faults import ToolKilled, WorkerFrozen, WorkerKilled

from pipeline_mcp.config.settings import settings

_WORDS = {ToolKilled.kind: "signal 9", DiskFilled.kind: "state directory"}
_POISON = "its worker"


def excuses_for(struck: Iterable[Struck]) -> dict[str, list[str]]:
    """By session, the words that a reason may have."""
    excuses: defaultdict[str, list[str]] = defaultdict(list)
    losses: Counter[tuple[str, str]] = Counter()
    for each in struck:
        if each.kind in _WORDS:
            for session_id in each.affected:
                excuses[session_id].append(_WORDS[each.kind])
        if each.kind in (WorkerKilled.kind, WorkerFrozen.kind):
            losses.update((unit.session_id, unit.key) for unit in each.units)
    for (session_id, _), count in losses.items():
        # Fewer losses of a worker do not make a unit poisonous.
        if count >= settings().max_attempts:
            excuses[session_id].append(_POISON)
    return excuses
