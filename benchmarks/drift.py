"""How often a finding that stayed changes its identity, and how often two share one.

    python benchmarks/drift.py GIT_DIRECTORY[@LAST[:COMMITS]] … [--results FILE] [--show N]

Replays real commits: the first-parent ones up to LAST (HEAD) that touch Python, 110 of each
repository. Each version of each file is scanned by real tools, each finding is followed through
git's differences, and every identity is held against that. Needs git, and no network.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from drifting.chain import chained
from drifting.comparing import Snapshot, compare, file_pairs, snapshot
from drifting.history import History
from drifting.report import print_tables
from drifting.scanning import Scans
from drifting.scoring import Score
from drifting.tracking import Change, Track, track

DISTANCES = (1, 10, 50)
EVERY = 10

# By distance in commits, then by identity.
Scores = dict[int, dict[str, Score]]


def main() -> None:
    options = _options()
    scores: Scores = {distance: {} for distance in DISTANCES}
    facts: dict[str, Counter[str]] = {}
    for asked in options.repositories:
        name, counted = _replay(asked, options.commits, scores, options.show)
        facts[name] = counted
    print_tables(facts, scores)
    if options.results:
        document = {
            "repositories": facts,
            "scores": {
                str(distance): {name: one.counts() for name, one in by_name.items()}
                for distance, by_name in scores.items()
            },
        }
        options.results.write_text(json.dumps(document, indent=1) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("repositories", nargs="+", metavar="GIT_DIRECTORY[@LAST[:COMMITS]]")
    parser.add_argument("--commits", type=int, default=110)
    parser.add_argument("--results", type=Path)
    parser.add_argument("--show", type=int, default=0, help="print so many pairs to be judged")
    return parser.parse_args()


def _replay(asked: str, commits: int, scores: Scores, show: int) -> tuple[str, Counter[str]]:
    place, _, stretch = asked.partition("@")
    last, _, count = stretch.partition(":")
    history = History(Path(place))
    names = history.commits(last or "HEAD", int(count or commits))
    print(f"{place}: {len(names)} commits up to {names[-1][:10]}", file=sys.stderr)
    revisions = [history.revision(each) for each in names]
    scans = Scans(history, revisions)
    take = cache(lambda at: snapshot(scans, revisions[at]))
    tracks: list[Track] = []
    for at in range(len(names) - 1):
        pairs = file_pairs(history, take(at), take(at + 1))
        tracks.append(track(take(at).findings, take(at + 1).findings, pairs))
    for distance in DISTANCES:
        for at in range(0, len(names) - distance, 1 if distance == 1 else EVERY):
            old, new = take(at), take(at + distance)
            truth = chained(tracks[at : at + distance], len(old.findings), len(new.findings))
            for name, one in compare(history, old, new, truth).items():
                scores[distance].setdefault(name, Score()).add(one)
    for line in _sample(tracks, take, show):
        print(line)
    return Path(place).resolve().parent.name.replace("+", "/"), _facts(tracks, names, take)


def _facts(tracks: list[Track], names: list[str], take: Callable[[int], Snapshot]) -> Counter[str]:
    """What was replayed, and how much of it the truth cannot tell."""
    counted = Counter({"commits": len(names)})
    for at, one in enumerate(tracks):
        changes = Counter(change for _, change in one.pairs.values())
        new = len(take(at + 1).findings)
        counted["findings of changed files that stayed"] += (
            changes.total() - changes[Change.UNTOUCHED]
        )
        counted["came"] += new - len(one.pairs) - len(one.unsure_new)
        counted["went"] += len(take(at).findings) - len(one.pairs) - len(one.unsure_old)
        counted["uncertain"] += len(one.unsure_old | one.unsure_new)
    return counted


def _sample(tracks: list[Track], take: Callable[[int], Snapshot], count: int) -> Iterator[str]:
    """Pairs drawn at random of what did not simply stay, and new findings, for people to judge."""
    draw = random.Random(5)
    candidates = [
        (at, one, to, change.value)
        for at, each in enumerate(tracks)
        for one, (to, change) in each.pairs.items()
        if change not in (Change.UNTOUCHED, Change.SHIFTED)
    ]
    for at, one, to, change in draw.sample(candidates, min(count, len(candidates))):
        old, new = take(at), take(at + 1)
        yield f"{change} {old.revision.commit[:10]} {new.revision.commit[:10]}"
        for side, finding in ((old, old.findings[one]), (new, new.findings[to])):
            line = side.texts[finding.path].split("\n")[max(finding.line - 1, 0)]
            yield f"  {finding.path}:{finding.line} {finding.rule} {finding.message}\n    {line}"


if __name__ == "__main__":
    main()
