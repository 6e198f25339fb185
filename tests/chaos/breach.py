"""What the verdict takes and what it gives: the evidence that no row has, and a breach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from chaos.facts import FindingFact
from chaos.faults import Cancelled
from chaos.kinds import Answer


@dataclass(frozen=True, slots=True)
class Breach:
    """What is wrong with a session."""

    rule: str
    session_id: str
    detail: str


@dataclass(frozen=True, slots=True)
class SeenTrees:
    """The workspaces: path to hash as written and as they are now, and all that was seen."""

    written: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    now: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    seen: Mapping[tuple[str, str], Set[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observed:
    """What the driver saw and did: the other half of the evidence.

    `expected` are the findings of undisturbed sessions by workspace and by with which of them one
    has to agree, `patches` path and hash of what they fixed; `excuses` are, by session, the words
    that the reason of an incomplete end may have after what was done to it. `undone` are those
    whose callers were told that the patch was taken back.
    """

    accepted: Sequence[str]
    history: Mapping[str, Sequence[str]]
    cancelled: Sequence[Cancelled]
    cancel_tried: frozenset[str]
    expected: Mapping[tuple[str, Answer], Counter[FindingFact]]
    excuses: Mapping[str, Sequence[str]]
    patches: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    trees: SeenTrees = field(default_factory=SeenTrees)
    undone: Set[str] = frozenset()
