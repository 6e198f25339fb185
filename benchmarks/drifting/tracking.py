"""The truth: which finding of a commit is which of the next one, whatever identities say."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from drifting.alignment import Block, squeezed, token_at
from drifting.elsewhere import FilePair, Place, moved_lines, surroundings
from pipeline_mcp.domain.finding import Finding

_NUMBER = re.compile(r"\d+")
# Said of a file as a whole, wherever they point.
_ABOUT_FILES = frozenset(("D100", "D104", "W391", "W292", "N999"))


class Change(StrEnum):
    """What happened to the place of a finding that stayed."""

    UNTOUCHED = "untouched"  # the file is the same
    SHIFTED = "shifted"  # the file changed, the line did not but for its white space
    EDITED = "edited"
    REFORMATTED = "reformatted"
    RENAMED = "renamed"  # the file has another path, and may have changed as well
    MOVED = "moved"  # the code went elsewhere, in the file or to another one


@dataclass(slots=True)
class Track:
    """Old findings to the new ones that they are, by their positions, and what is not certain."""

    pairs: dict[int, tuple[int, Change]] = field(default_factory=dict)
    unsure_old: set[int] = field(default_factory=set)
    unsure_new: set[int] = field(default_factory=set)


def track(old: Sequence[Finding], new: Sequence[Finding], files: Iterable[FilePair]) -> Track:
    """Follow each old finding through the difference of two commits.

    It stayed if its tool says the same (numbers aside) of the same rule where its place went:
    outside of hunks the same line, in hunks the token that it points at. `files` has every pair
    of which a file has findings. What is likely, and no more, is unsure on both sides.
    """
    tracker = _Tracker(old, new)
    pairs = list(files)
    for pair in pairs:
        tracker.follow(pair)
    tracker.follow_moves(pairs)
    tracker.doubt(pairs)
    return tracker.found


class _Tracker:
    def __init__(self, old: Sequence[Finding], new: Sequence[Finding]) -> None:
        self.found = Track()
        self._old, self._new = old, new
        self._of_old, self._of_new = _by_path(old), _by_path(new)
        self._left_old, self._left_new = set(range(len(old))), set(range(len(new)))

    def follow(self, pair: FilePair) -> None:
        if pair.old is None or pair.new is None:
            return
        before, after = self._of_old[pair.old], self._of_new[pair.new]
        renamed = Change.RENAMED if pair.old != pair.new else None
        if pair.alignment is None:
            for one, other in zip(before, after, strict=True):
                self._pair(one, other, renamed or Change.UNTOUCHED)
            return
        self._same_number(before, after, _about_file, _about_file, renamed or Change.SHIFTED)
        alignment = pair.alignment
        self._same_number(
            before,
            after,
            lambda one: _at(one, alignment.line(one.line)),
            lambda one: _at(one, one.line),
            renamed or Change.SHIFTED,
        )
        for block in alignment.blocks:
            change = Change.REFORMATTED if alignment.is_reformatted else Change.EDITED
            self._follow_tokens(before, after, block, renamed or change)

    def _follow_tokens(
        self, before: Iterable[int], after: Iterable[int], block: Block, change: Change
    ) -> None:
        """First those whose very token is the same, then those that are alone in their line."""

        def token(finding: Finding) -> int | None:
            at = token_at(block.old, (finding.line, finding.column or 1))
            return None if at is None else block.kept.get(at)

        self._same_number(
            before,
            after,
            lambda one: _at(one, token(one)),
            lambda one: _at(one, token_at(block.new, (one.line, one.column or 1))),
            change,
        )

        def line(finding: Finding) -> int | None:
            at = token(finding)
            return None if at is None else block.new[at].line

        self._same_number(
            before, after, lambda one: _at(one, line(one)), lambda one: _at(one, one.line), change
        )

    def follow_moves(self, files: Sequence[FilePair]) -> None:
        """What was taken out here and put in there, several lines as they were."""
        lines = moved_lines(files)
        self._same_number(
            range(len(self._old)),
            range(len(self._new)),
            lambda one: _in(one, lines.get((one.path, one.line))),
            lambda one: _in(one, (one.path, one.line)),
            Change.MOVED,
        )

    def doubt(self, files: Sequence[FilePair]) -> None:
        """What says the same of an equal line elsewhere, or another thing of the same place."""
        lines, new_lines, place, new_place = surroundings(files)
        doubts = [
            (lambda one: _text(one, lines), lambda one: _text(one, new_lines)),
            (lambda one: _rule(one, place), lambda one: _rule(one, new_place)),
        ]
        for key, new_key in doubts:
            before = _grouped(self._left_old, self._old, key)
            after = _grouped(self._left_new, self._new, new_key)
            for shared in before.keys() & after.keys():
                self.found.unsure_old.update(before[shared])
                self.found.unsure_new.update(after[shared])

    def _same_number(
        self,
        before: Iterable[int],
        after: Iterable[int],
        key: Callable[[Finding], Hashable | None],
        new_key: Callable[[Finding], Hashable | None],
        change: Change,
    ) -> None:
        """Pair, in their order, what has the same key if there are as many on both sides."""
        left = _grouped((at for at in before if at in self._left_old), self._old, key)
        right = _grouped((at for at in after if at in self._left_new), self._new, new_key)
        for shared in left.keys() & right.keys():
            if len(left[shared]) == len(right[shared]):
                for one, other in zip(left[shared], right[shared], strict=True):
                    self._pair(one, other, change)

    def _pair(self, one: int, other: int, change: Change) -> None:
        self.found.pairs[one] = (other, change)
        self._left_old.discard(one)
        self._left_new.discard(other)


def _by_path(findings: Sequence[Finding]) -> defaultdict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for at, finding in enumerate(findings):
        found[finding.path].append(at)
    return found


def _grouped(
    positions: Iterable[int],
    findings: Sequence[Finding],
    key: Callable[[Finding], Hashable | None],
) -> dict[Hashable, list[int]]:
    groups: defaultdict[Hashable, list[int]] = defaultdict(list)
    for at in sorted(positions, key=lambda each: findings[each].order):
        shared = key(findings[at])
        if shared is not None:
            groups[shared].append(at)
    return groups


def _kind(finding: Finding) -> tuple[str, str, str]:
    return finding.tool, finding.rule, _NUMBER.sub("0", finding.message)


def _about_file(finding: Finding) -> Hashable | None:
    about_file = finding.rule in _ABOUT_FILES or finding.line < 1
    return _kind(finding) if about_file else None


def _at(finding: Finding, place: int | None) -> Hashable | None:
    return None if place is None else (*_kind(finding), place)


def _in(finding: Finding, place: tuple[str, int] | None) -> Hashable | None:
    return None if place is None else (*_kind(finding), place)


def _text(finding: Finding, lines: Mapping[str, Sequence[str]]) -> Hashable | None:
    known = lines.get(finding.path, ())
    if not 0 < finding.line <= len(known):
        return None
    return (*_kind(finding), squeezed(known[finding.line - 1]))


def _rule(finding: Finding, place: Callable[[str, int], Place | None]) -> Hashable | None:
    where = place(finding.path, finding.line)
    return None if where is None else (finding.tool, finding.rule, where)
