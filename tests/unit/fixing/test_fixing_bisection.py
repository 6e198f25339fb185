from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from pipeline_mcp.domain.patch import FixStep
from pipeline_mcp.fixing.bisection import Answer, Numbers, Question, Settled, next_question

FIXERS = ("ruff", "spaces", "black")


def steps_over(files: int, fixers: int = 1) -> list[FixStep]:
    return [
        FixStep(file * fixers + fixer, FIXERS[fixer], f"{file}.py", ("R",), (f"{file}-{fixer}",))
        for file in range(files)
        for fixer in range(fixers)
    ]


def settled(
    steps: list[FixStep], ask: Callable[[Numbers], Answer], most: int = 1000
) -> tuple[Settled, dict[Numbers, Answer]]:
    answers: dict[Numbers, Answer] = {}
    while isinstance(found := next_question(steps, answers, most=most), Question):
        assert found.steps not in answers
        answers[found.steps] = ask(found.steps)
    return found, answers


def blames(guilty: set[int], steps: list[FixStep]) -> Callable[[Numbers], Answer]:
    """Each guilty step adds a finding to its own file."""
    paths = {step.number: step.path for step in steps}
    return lambda asked: Answer(not asked & guilty, frozenset(paths[n] for n in asked & guilty))


def test_no_steps_are_settled_at_once() -> None:
    assert next_question([], {}, most=9) == Settled(frozenset(), frozenset())


def test_if_nothing_is_worse_one_scan_is_enough() -> None:
    steps = steps_over(50, 2)
    found, answers = settled(steps, lambda _asked: Answer(is_good=True))
    assert (len(found.accepted), len(answers)) == (100, 1)


def test_one_guilty_step_among_many_is_found_with_few_scans() -> None:
    steps = steps_over(200, 3)
    found, answers = settled(steps, blames({301}, steps))
    assert found.rejected == {301}
    assert len(found.accepted) == 599
    assert len(answers) <= 6


def test_a_guilty_step_that_shows_in_another_file_is_found_too() -> None:
    steps = steps_over(64)
    found, answers = settled(
        steps, lambda asked: Answer(17 not in asked, frozenset({"elsewhere.py"}))
    )
    assert found.rejected == {17}
    assert len(found.accepted) == 63
    assert len(answers) <= 14


def test_of_two_steps_that_do_not_go_together_one_stays() -> None:
    steps = steps_over(4)
    found, _answers = settled(steps, lambda asked: Answer(not {0, 3} <= asked))
    assert found.accepted == {0, 1, 2}
    assert found.rejected == {3}


def test_what_is_not_known_after_so_many_scans_is_left_out() -> None:
    steps = steps_over(8)
    found, answers = settled(steps, lambda _asked: Answer(is_good=False), most=4)
    assert len(answers) == 4
    assert not found.accepted
    assert found.rejected | found.unasked == {step.number for step in steps}


@given(st.integers(1, 6), st.integers(1, 3), st.sets(st.integers(0, 17)), st.booleans())
def test_exactly_the_guilty_go_and_what_stays_was_scanned_as_a_whole(
    files: int, fixers: int, guilty: set[int], says_where: bool
) -> None:
    steps = steps_over(files, fixers)
    guilty &= {step.number for step in steps}
    blame = blames(guilty, steps)

    def ask(asked: Numbers) -> Answer:
        return blame(asked) if says_where else Answer(blame(asked).is_good)

    found, answers = settled(steps, ask)
    assert found.rejected == guilty
    assert found.accepted == {step.number for step in steps} - guilty
    assert not found.accepted or answers[found.accepted].is_good
