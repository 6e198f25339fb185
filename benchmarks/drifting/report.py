"""The tables of the benchmark, in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from drifting.scoring import Score
from drifting.tracking import Change

_CHANGES = [each for each in Change if each is not Change.UNTOUCHED]

_ANSWERS = (
    "old ones called new",
    "new ones hidden",
    "hidden by a set",
    "uncertain ones called old",
    "share an identity",
)


def print_tables(
    facts: Mapping[str, Counter[str]], scores: Mapping[int, Mapping[str, Score]]
) -> None:
    """What was replayed, then drift by what happened to the place, then what comparisons say."""
    _print_facts(facts)
    for distance, by_name in scores.items():
        if by_name:
            print(f"\n{distance} commit(s) apart\n")
            _print_drift(by_name)
            print()
            _print_answers(by_name)


def _print_facts(facts: Mapping[str, Counter[str]]) -> None:
    columns = list(next(iter(facts.values())))
    _row("repository", *columns)
    _rule(len(columns))
    for name, counted in facts.items():
        _row(name, *(f"{counted[column]:,}" for column in columns))
    total = sum(facts.values(), Counter[str]())
    _row("all", *(f"{total[column]:,}" for column in columns))


def _print_drift(by_name: Mapping[str, Score]) -> None:
    _row("unchanged findings that changed their identity", "all", *_CHANGES)
    _rule(len(_CHANGES) + 1)
    first = next(iter(by_name.values()))
    _row("(findings)", f"{_stayed(first):,}", *(f"{first.stayed[each]:,}" for each in _CHANGES))
    for name, one in by_name.items():
        drifted = one.drifted.total() - one.drifted[Change.UNTOUCHED]
        rates = (_percent(one.drifted[each], one.stayed[each]) for each in _CHANGES)
        _row(name, _percent(drifted, _stayed(one)), *rates)


def _print_answers(by_name: Mapping[str, Score]) -> None:
    _row(
        "",
        "old ones called new",
        "new ones hidden",
        "hidden by a set",
        "uncertain ones called old",
        "share an identity",
    )
    _rule(5)
    first = next(iter(by_name.values()))
    counts = (_stayed(first), first.new, first.new, first.unsure, first.live)
    _row("(findings)", *(f"{count:,}" for count in counts))
    for name, one in by_name.items():
        _row(
            name,
            _percent(one.called_new, _stayed(one)),
            _percent(one.hidden, one.new),
            _percent(one.masked, one.new),
            _percent(one.doubtful, one.unsure),
            _percent(one.shared, one.live),
        )


def _stayed(one: Score) -> int:
    """The findings that stayed in files that changed."""
    return one.stayed.total() - one.stayed[Change.UNTOUCHED]


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "-"


def _row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |")


def _rule(columns: int) -> None:
    print(f"|---{'|--:' * columns}|")
