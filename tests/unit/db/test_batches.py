"""Keys go to the database in batches: all of them, in their order, none of the batches empty."""

from __future__ import annotations

import pytest

from pipeline_mcp.db.batches import KEYS_PER_STATEMENT, in_batches


@pytest.mark.parametrize(
    ("count", "lengths"),
    [(0, []), (1, [1]), (3, [3]), (4, [3, 1]), (6, [3, 3]), (7, [3, 3, 1])],
)
def test_the_last_batch_is_smaller_and_none_is_empty(count: int, lengths: list[int]) -> None:
    made = list(in_batches(iter(range(count)), 3))
    assert [len(batch) for batch in made] == lengths
    assert [key for batch in made for key in batch] == list(range(count))


def test_a_statement_takes_some_hundreds() -> None:
    assert [len(batch) for batch in in_batches(range(KEYS_PER_STATEMENT + 1))] == [900, 1]
