"""The truth over many commits: one track after the other."""

from __future__ import annotations

from collections.abc import Sequence

from drifting.tracking import Change, Track

_ORDER = list(Change)


def chained(tracks: Sequence[Track], count: int, new_count: int) -> Track:
    """The track from the `count` findings before the first to the `new_count` after the last.

    What was unsure once stays unsure.
    """
    now = {at: (at, Change.UNTOUCHED) for at in range(count)}
    unsure: set[int] = set()
    doubtful: set[int] = set()
    for track in tracks:
        doubtful |= {at for at, (here, _) in now.items() if here in track.unsure_old}
        unsure = {track.pairs[at][0] for at in unsure if at in track.pairs} | track.unsure_new
        now = {
            at: (track.pairs[here][0], _later(change, track.pairs[here][1]))
            for at, (here, change) in now.items()
            if here in track.pairs
        }
    assert all(to < new_count for to, _ in now.values())
    return Track(now, doubtful, unsure - {to for to, _ in now.values()})


def _later(one: Change, other: Change) -> Change:
    """What happened last, if anything did."""
    return max(one, other, key=_ORDER.index)
