"""How an identity does against the truth: what drifts, what is hidden, what collides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field, fields

from drifting.tracking import Change, Track


@dataclass(slots=True)
class Score:
    """Counts over commits.

    `stayed` and `drifted` are pairs of one finding, by what happened to its place: all, and those
    whose identity changed. `called_new` are those that a comparison of the two commits takes for
    new. `new` are findings that came, `hidden` those of them that are taken for old ones that went
    or changed their names; `masked` are those that a set of all old names would hide. `shared` of
    `live` findings have their identity with another one. Of the `unsure` new findings, `doubtful`
    are taken for old ones: right or wrong, nobody can tell.
    """

    stayed: Counter[Change] = field(default_factory=Counter)
    drifted: Counter[Change] = field(default_factory=Counter)
    called_new: int = 0
    new: int = 0
    hidden: int = 0
    masked: int = 0
    live: int = 0
    shared: int = 0
    unsure: int = 0
    doubtful: int = 0

    def add(self, other: Score) -> None:
        """Count what another one has counted as well."""
        self.stayed += other.stayed
        self.drifted += other.drifted
        self.called_new += other.called_new
        self.new += other.new
        self.hidden += other.hidden
        self.masked += other.masked
        self.live += other.live
        self.shared += other.shared
        self.unsure += other.unsure
        self.doubtful += other.doubtful

    def counts(self) -> dict[str, int | dict[str, int]]:
        """A JSON-ready picture."""
        return {
            name: dict(sorted(value.items())) if isinstance(value, Counter) else value
            for name, value in ((each.name, getattr(self, each.name)) for each in fields(self))
        }


def score(old: Sequence[Hashable], new: Sequence[Hashable], truth: Track) -> Score:
    """One commit, where `old` and `new` are the findings' names.

    Findings of one name are interchangeable and compared one for one, which favours names that
    many have: with two of a name before and three after, one is new. What is unsure counts nowhere.
    """
    found = Score(live=len(new), shared=_shared(new))
    left_old = Counter(
        old[at] for at in range(len(old)) if at not in truth.pairs and at not in truth.unsure_old
    )
    arrived: Counter[Hashable] = Counter()
    for at, (to, change) in truth.pairs.items():
        found.stayed[change] += 1
        if old[at] != new[to]:
            found.drifted[change] += 1
            left_old[old[at]] += 1
            arrived[new[to]] += 1
    fresh = Counter(new[at] for at in fresh_findings(len(new), truth))
    found.new = fresh.total()
    found.unsure = len(truth.unsure_new)
    unsure_old = Counter(old[at] for at in truth.unsure_old)
    found.doubtful = (unsure_old & Counter(new[at] for at in truth.unsure_new)).total()
    found.masked = sum(fresh[name] for name in set(old) & fresh.keys())
    for name in fresh.keys() | arrived.keys():
        taken = min(left_old[name], fresh[name] + arrived[name])
        hidden = min(fresh[name], taken)
        found.hidden += hidden
        found.called_new += arrived[name] - (taken - hidden)
    return found


def score_known(known: Collection[int], names: Sequence[Hashable], truth: Track) -> Score:
    """The same for a comparison that says which new positions it knows.

    Findings of one of the `names` are interchangeable: which of two equal lines is called new
    does not matter.
    """
    found = Score()
    fresh = Counter(names[at] for at in fresh_findings(len(names), truth))
    stayed: dict[Hashable, list[Change]] = {}
    for to, change in truth.pairs.values():
        found.stayed[change] += 1
        stayed.setdefault(names[to], []).append(change)
    sure = set(range(len(names))) - truth.unsure_new
    counts = Counter(names[at] for at in known if at in sure)
    found.new = fresh.total()
    for name in fresh.keys() | stayed.keys():
        here = stayed.get(name, [])
        found.hidden += max(counts[name] - len(here), 0)
        found.drifted.update(sorted(here, reverse=True)[counts[name] :])
    found.masked = found.hidden
    found.unsure = len(truth.unsure_new)
    found.doubtful = len(truth.unsure_new & set(known))
    found.called_new = found.drifted.total()
    return found


def fresh_findings(count: int, truth: Track) -> set[int]:
    """The positions of the findings that came."""
    return set(range(count)) - {to for to, _ in truth.pairs.values()} - truth.unsure_new


def _shared(names: Sequence[Hashable]) -> int:
    return sum(count for count in Counter(names).values() if count > 1)
