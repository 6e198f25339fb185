"""One pair of commits: the product's matching against the truth, and every identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from drifting.alignment import align, split
from drifting.elsewhere import FilePair
from drifting.history import History, Revision, Span
from drifting.identities import Key, keys
from drifting.scanning import Scans, sources
from drifting.scoring import Score, score, score_known
from drifting.tracking import Track
from pipeline_mcp.domain.baseline import Entry, entry_of
from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.scanning.fingerprint import places
from pipeline_mcp.scanning.matching import match

MATCHING, WITHOUT_GIT = "matching, as with --base", "matching without git"


@dataclass(frozen=True)
class Snapshot:
    """A commit with its findings and whatever names them."""

    revision: Revision
    findings: Sequence[Finding]
    texts: Mapping[str, str]

    @cached_property
    def keys(self) -> dict[str, list[Key]]:
        """The names of the findings in each identity."""
        return keys(self.findings, self.texts)

    @cached_property
    def entries(self) -> list[Entry]:
        """What a baseline keeps of the findings."""
        where = places(self.findings, self.texts.get)
        return [entry_of(one, *place) for one, place in zip(self.findings, where, strict=True)]


def snapshot(scans: Scans, revision: Revision) -> Snapshot:
    """The commit as the tools see it."""
    return Snapshot(revision, scans.of(revision), sources(scans, revision))


def file_pairs(history: History, old: Snapshot, new: Snapshot) -> list[FilePair]:
    """Which file became which, and how their lines did."""
    before, after = old.revision.blobs, new.revision.blobs
    renames = history.renames(old.revision, new.revision)
    moves = {path: renames.get(path, path) for path in before}
    pairs = {path: to if to in after else None for path, to in moves.items()}
    added = set(after) - set(pairs.values())
    found = [_pair(history, old, new, path, to) for path, to in pairs.items()]
    return found + [_pair(history, old, new, None, path) for path in sorted(added)]


def compare(history: History, old: Snapshot, new: Snapshot, truth: Track) -> dict[str, Score]:
    """The score of every identity and of the product's matching."""
    scores = {name: score(old.keys[name], new.keys[name], truth) for name in old.keys}
    names = [(one.path, one.tool, one.rule, one.symbol, one.context) for one in new.entries]
    renames = history.renames(old.revision, new.revision)
    for name, known_renames in ((MATCHING, renames), (WITHOUT_GIT, {})):
        matching = match(
            new.findings,
            old.entries,
            places=partial(places, source=new.texts.get),
            paths=new.revision.blobs,
            renames=known_renames,
        )
        scores[name] = score_known(matching.known, names, truth)
    return scores


def _pair(
    history: History, old: Snapshot, new: Snapshot, path: str | None, to: str | None
) -> FilePair:
    before = old.revision.blobs[path] if path else ""
    after = new.revision.blobs[to] if to else ""
    if before == after:
        return FilePair(path, to, None)
    text, new_text = old.texts[path] if path else "", new.texts[to] if to else ""
    if path and to:
        return FilePair(path, to, align(text, new_text, history.hunks(before, after)))
    whole = Span(1, 1 + len(split(text)), 1, 1 + len(split(new_text)))
    return FilePair(path, to, align(text, new_text, [whole]))
