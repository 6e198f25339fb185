"""One process at a time, on both kinds of server."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from pipeline_mcp.db.engine import transaction
from pipeline_mcp.db.locks import try_lock
from pipeline_mcp.db.tables import lock

pytestmark = pytest.mark.usefixtures("database")


def test_one_has_it_and_the_others_are_told_at_once() -> None:
    with try_lock("a", seconds=60) as first, try_lock("a", seconds=60) as second:
        assert (first, second) == (True, False)


def test_it_is_free_again_afterwards() -> None:
    with try_lock("a", seconds=60) as is_ours:
        assert is_ours
    with try_lock("a", seconds=60) as is_ours:
        assert is_ours


def test_it_is_free_again_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), try_lock("a", seconds=60):
        _ = 1 / 0
    with try_lock("a", seconds=60) as is_ours:
        assert is_ours


def test_locks_of_other_names_are_others() -> None:
    with try_lock("a", seconds=60) as first, try_lock("b", seconds=60) as second:
        assert first
        assert second


@pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)
def test_a_row_that_a_dead_process_left_counts_for_its_time_alone() -> None:
    dead = try_lock("a", seconds=60)
    dead.__enter__()
    with transaction() as connection:
        connection.execute(update(lock).values(until=lock.c.until - 61))
    with try_lock("a", seconds=60) as is_ours:
        assert is_ours
        dead.__exit__(None, None, None)
        with try_lock("a", seconds=60) as third:
            assert not third
