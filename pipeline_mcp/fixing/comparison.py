"""Whether a scan says anything that the one before did not: pure."""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.fixing.document import LINE_END

# Also the name of a snapshot, below which a tool may have seen the files.
_NUMBER = re.compile(r"[0-9a-f]{64}|\d+")
# The less of its files a tool has judged, the higher.
_BADNESS = {Outcome.OK: 0, Outcome.SKIPPED: 1, Outcome.TIMEOUT: 2, Outcome.TOOL_ERROR: 2}

# A path's text before and after; None where it did not change.
Texts = Callable[[str], tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Scan:
    """What all tools said of a snapshot: findings, and the worst outcome of each tool."""

    findings: tuple[Finding, ...]
    outcomes: Mapping[str, Outcome]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is worse than before: findings that are new, and sentences about units."""

    added: tuple[Finding, ...] = ()
    worse: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """True if nothing is worse."""
        return not (self.added or self.worse)

    @property
    def blamed(self) -> frozenset[str]:
        """The paths that findings were added to; empty for the whole program."""
        return frozenset(finding.path for finding in self.added if finding.path)


def compare(
    before: Scan, after: Scan, texts: Texts, *, whole_files: Collection[str] = ()
) -> Comparison:
    """What `after` says that `before` did not.

    Findings are the same if their fingerprints are. Those of a line that was changed have new
    ones: they are matched by tool, rule, message but for its numbers and notes, and the place that
    their line came from. Findings of the tools `whole_files` (formatters) speak of a file as a
    whole, wherever they point.
    """
    known = Counter(finding.fingerprint for finding in before.findings)
    fresh = _beyond(after.findings, known)
    gone = _beyond(before.findings, Counter(finding.fingerprint for finding in after.findings))
    added = _unmatched(fresh, gone, texts, whole_files) if fresh else ()
    return Comparison(added, _worse(before.outcomes, after.outcomes))


def count_fixed(meant: Iterable[str], before: Sequence[Finding], after: Iterable[Finding]) -> int:
    """How many of the findings in `before` with the fingerprints `meant` are gone.

    Equal lines have interchangeable findings, so they are counted and not looked for.
    """
    wanted = frozenset(meant)
    tried = Counter(_kind(finding) for finding in before if finding.fingerprint in wanted)
    had = Counter(_kind(finding) for finding in before)
    has = Counter(_kind(finding) for finding in after)
    return sum(min(count, max(had[kind] - has[kind], 0)) for kind, count in tried.items())


def _beyond(findings: Iterable[Finding], known: Counter[str]) -> list[Finding]:
    """The findings that are more than `known` has of their fingerprint, in their order."""
    left = Counter(known)
    beyond = []
    for finding in sorted(findings, key=lambda one: one.order):
        if left[finding.fingerprint]:
            left[finding.fingerprint] -= 1
        else:
            beyond.append(finding)
    return beyond


def _kind(finding: Finding) -> tuple[str, str, str, str]:
    message = _NUMBER.sub("0", finding.message)
    return finding.tool, finding.rule, finding.path, message


def _unmatched(
    fresh: Iterable[Finding], gone: Iterable[Finding], texts: Texts, whole_files: Collection[str]
) -> tuple[Finding, ...]:
    by_rule: defaultdict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    for finding in gone:
        by_rule[finding.tool, finding.rule, finding.path].append(finding)
    origins = _Origins(texts)
    added = []
    for finding in fresh:
        candidates = by_rule[finding.tool, finding.rule, finding.path]
        partners = (
            one
            for one in candidates
            if _say_the_same(one, finding)
            and (finding.tool in whole_files or origins.may_be(one, finding))
        )
        partner = next(partners, None)
        if partner is None:
            added.append(finding)
        else:
            candidates.remove(partner)
    return tuple(added)


def _say_the_same(one: Finding, other: Finding) -> bool:
    """A tool may add a note to the first or the last of several findings in a line."""
    short, long = sorted((_kind(one)[-1], _kind(other)[-1]), key=len)
    return bool(short) and long.startswith(short)


@dataclass(slots=True)
class _Origins:
    """From the lines of changed files back to those that they came from."""

    texts: Texts
    blocks: dict[str, list[tuple[int, int, int, int]]] = field(default_factory=dict)

    def may_be(self, old: Finding, new: Finding) -> bool:
        """True if the new finding's place is what became of the old one's."""
        if not (old.line and new.line):
            return old.line == new.line
        if new.path not in self.blocks:
            self.blocks[new.path] = self._changed(new.path)
        shift = 0
        for first, last, new_first, new_last in self.blocks[new.path]:
            if new_first <= new.line < new_last:
                return first <= old.line < last
            if new.line >= new_last:
                shift = last - new_last
        return old.line == new.line + shift

    def _changed(self, path: str) -> list[tuple[int, int, int, int]]:
        """`(first, last, new first, new last)` of changed lines, from 1, the last exclusive."""
        pair = self.texts(path)
        if pair is None:
            return []
        old, new = (LINE_END.split(text) for text in pair)
        matcher = difflib.SequenceMatcher(None, old, new)
        return [
            (i1 + 1, i2 + 1, j1 + 1, j2 + 1)
            for tag, i1, i2, j1, j2 in matcher.get_opcodes()
            if tag != "equal"
        ]


def _worse(before: Mapping[str, Outcome], after: Mapping[str, Outcome]) -> tuple[str, ...]:
    said = []
    for tool, outcome in sorted(before.items()):
        now = after.get(tool)
        if now is None:
            said.append(f"{tool} does not run any more")
        elif _BADNESS[now] > _BADNESS[outcome]:
            said.append(f"{tool} ends with {now.value}")
    return tuple(said)
