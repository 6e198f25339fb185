"""Which findings a baseline covers: pure, one entry for one finding, never more."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from pipeline_mcp.domain.baseline import Entry, entry_of
from pipeline_mcp.domain.finding import Finding

# The symbol and the hash of the line's text of each finding.
Places = Callable[[Sequence[Finding]], Sequence[tuple[str, str]]]
_Key = tuple[str, ...]
_NUMBER = re.compile(r"\d+")
# A line that so many files have tells nothing of where one of them came from.
_MOST_FILES_OF_A_LINE = 50


@dataclass(frozen=True, slots=True)
class Matching:
    """`known` are positions in the list of findings, `gone` the entries that cover nothing."""

    known: frozenset[int]
    gone: tuple[Entry, ...]


def match(
    findings: Sequence[Finding],
    entries: Collection[Entry],
    *,
    places: Places,
    paths: Collection[str],
    renames: Mapping[str, str] | None = None,
) -> Matching:
    """Pair findings with entries, the surest pairs first.

    1. The same fingerprint. 2. In the same file and symbol the same message of the same rule, then
    but for its numbers: the line was edited or reformatted. 3. In the same file the same line: its
    symbol was renamed, or it went to another one. 4. In a file that was moved the same line, then
    the same message. An entry's file was moved if `paths`, all files that there are, has it no
    more; `renames` (old path to new) says where to, otherwise its findings must tell. 5. In
    whatever file the same line of a function or class of the same name: the code was moved.
    """
    left = _Left(dict(enumerate(findings)), list(entries))
    left.pair({at: (one.fingerprint,) for at, one in left.findings.items()}, _fingerprint)
    if left.findings and left.entries:
        rest = list(left.findings.values())
        where = dict(zip(left.findings, places(rest), strict=True))
        described = {at: entry_of(one, *where[at]) for at, one in left.findings.items()}
        for key in (_same_message, _same_words, _same_text):
            left.pair(_keys(described, key), key)
        strange = frozenset(paths) - {entry.path for entry in entries}
        moves = _inferred(left, described, frozenset(paths), strange) | dict(renames or {})
        _pair_moved(left, described, frozenset(paths), moves)
        left.pair(_keys(described, _same_code), _same_code)
    return Matching(
        frozenset(range(len(findings))) - left.findings.keys(), tuple(sorted(left.entries))
    )


@dataclass(slots=True)
class _Left:
    """What has no partner yet: findings by their positions, and entries."""

    findings: dict[int, Finding]
    entries: list[Entry]

    def pair(
        self, keys: Mapping[int, _Key | None], of_entry: Callable[[Entry], _Key | None]
    ) -> None:
        """Take away, one for one, what has the same key; `keys` are those of the findings."""
        waiting: defaultdict[_Key | None, list[int]] = defaultdict(list)
        for at in sorted(self.findings, reverse=True):
            waiting[keys[at]].append(at)
        kept = []
        for entry in self.entries:
            key = of_entry(entry)
            if key is not None and waiting.get(key):
                del self.findings[waiting[key].pop()]
            else:
                kept.append(entry)
        self.entries = kept


def _keys(
    described: Mapping[int, Entry], key: Callable[[Entry], _Key | None]
) -> dict[int, _Key | None]:
    return {at: key(entry) for at, entry in described.items()}


def _fingerprint(entry: Entry) -> _Key:
    return (entry.fingerprint,)


def _same_message(entry: Entry) -> _Key:
    return entry.path, entry.tool, entry.rule, entry.symbol, entry.message


def _same_line(entry: Entry) -> _Key:
    return entry.path, entry.tool, entry.rule, entry.symbol, entry.context


def _same_words(entry: Entry) -> _Key:
    """How long a line is, or how many branches there are, does not make another finding."""
    return *_same_message(entry)[:-1], _NUMBER.sub("0", entry.message)


def _same_text(entry: Entry) -> _Key:
    return entry.path, entry.tool, entry.rule, entry.context


def _same_code(entry: Entry) -> _Key | None:
    """A method that became a function has kept its name."""
    name = entry.symbol.rpartition(".")[2]
    return (entry.tool, entry.rule, name, entry.context) if name else None


def _pair_moved(
    left: _Left, described: Mapping[int, Entry], paths: frozenset[str], moves: Mapping[str, str]
) -> None:
    for key in (_same_line, _same_message):

        def moved(entry: Entry, key: Callable[[Entry], _Key] = key) -> _Key | None:
            if entry.path in paths or entry.path not in moves:
                return None
            return key(replace(entry, path=moves[entry.path]))

        left.pair(_keys(described, key), moved)


def _inferred(
    left: _Left, described: Mapping[int, Entry], paths: frozenset[str], strange: frozenset[str]
) -> dict[str, str]:
    """Where the files went that are no more, as far as their findings tell.

    To a file that no entry speaks of, and that has at least half of the findings; a single one
    tells only if the file has kept its name.
    """
    places: defaultdict[_Key, set[str]] = defaultdict(set)
    for at in left.findings:
        if described[at].path in strange:
            places[_same_line(replace(described[at], path=""))].add(described[at].path)
    telling = {key: at for key, at in places.items() if len(at) <= _MOST_FILES_OF_A_LINE}
    lost: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in left.entries:
        if entry.path and entry.path not in paths:
            lost[entry.path].append(entry)
    moves = {}
    for path, entries in sorted(lost.items()):
        target = _target(path, entries, telling)
        if target is not None:
            moves[path] = target
    return moves


def _target(path: str, entries: Iterable[Entry], places: Mapping[_Key, set[str]]) -> str | None:
    votes: Counter[str] = Counter()
    total = 0
    for entry in entries:
        total += 1
        votes.update(places.get(_same_line(replace(entry, path="")), ()))
    name = PurePosixPath(path).name

    def worth(candidate: str) -> tuple[int, bool, str]:
        return votes[candidate], PurePosixPath(candidate).name == name, candidate

    best = max(votes, key=worth, default=None)
    if best is None or votes[best] * 2 < total:
        return None
    return best if votes[best] > 1 or PurePosixPath(best).name == name else None
