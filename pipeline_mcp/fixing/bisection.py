"""Which steps may stay: the next set of them to be scanned, until it is known. Pure.

Steps that make things worse are found by asking about fewer and fewer of them at once. A group is
split where the answer points: the steps on files that something was added to, apart from the
others; then by file, then by fixer, then by step. Each group is asked about on top of all that
was found to be good, so that what stays in the end has been scanned as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline_mcp.domain.patch import FixStep

Numbers = frozenset[int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the scan of a candidate said; `blamed` are paths that findings were added to."""

    is_good: bool
    blamed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Question:
    """A candidate with these steps is to be scanned."""

    steps: Numbers


@dataclass(frozen=True, slots=True)
class Settled:
    """These steps stay, these made things worse, these were not asked about alone."""

    accepted: Numbers
    rejected: Numbers
    unasked: Numbers = frozenset()


def next_question(
    steps: Sequence[FixStep], answers: Mapping[Numbers, Answer], *, most: int
) -> Question | Settled:
    """What to ask next, given the answers so far, by the numbers of the candidates' steps.

    After `most` answers what is not settled is given up. The same arguments always lead to the
    same question.
    """
    accepted: Numbers = frozenset()
    rejected: set[int] = set()
    groups = [list(steps)] if steps else []
    while groups:
        group = groups.pop(0)
        asked = accepted | {step.number for step in group}
        answer = answers.get(asked)
        if answer is None:
            if len(answers) >= most:
                left = frozenset(step.number for each in [group, *groups] for step in each)
                return Settled(accepted, frozenset(rejected), left)
            return Question(asked)
        if answer.is_good:
            accepted = asked
        elif len(group) == 1:
            rejected.add(group[0].number)
        else:
            groups = [*_split(group, answer.blamed), *groups]
    return Settled(accepted, frozenset(rejected))


def _split(group: list[FixStep], blamed: frozenset[str]) -> list[list[FixStep]]:
    innocent = [step for step in group if step.path not in blamed]
    suspect = [step for step in group if step.path in blamed]
    if innocent and suspect:
        return [innocent, suspect]
    for keys in (
        [step.path for step in group],
        [step.fixer for step in group],
        [str(step.number) for step in group],
    ):
        distinct = list(dict.fromkeys(keys))
        if len(distinct) > 1:
            first = frozenset(distinct[: len(distinct) // 2])
            pairs = list(zip(keys, group, strict=True))
            return [
                [step for key, step in pairs if key in first],
                [step for key, step in pairs if key not in first],
            ]
    return [[step] for step in group]
