"""Which units of a scan are to be sent first, and which ones when one of them has ended."""

from __future__ import annotations

from collections.abc import Callable

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import window, workers
from pipeline_mcp.db.engine import reading, transaction

Units = list[tuple[str, str]]


def first_units(session_id: str, *, at_once: bool) -> Units:
    """The units `(key, tool)` to be sent when the scan begins, or begins again.

    `at_once` means all of them: a session that runs one after the other has no use for a window.
    """
    with transaction() as connection:
        slots = workers.slots(connection) or settings().concurrency
        return window.begin(connection, session_id, slots=slots, at_once=at_once)


def send_following(session_id: str, send: Callable[[str, str], object]) -> None:
    """Call `send(key, tool)` for the units that are next; if it fails, they are next again."""
    with reading() as connection:
        if not window.any_left(connection, session_id):
            return
        slots = workers.slots(connection) or settings().concurrency
    with transaction() as connection:
        following = window.advance(connection, session_id, slots=slots)
    sent = 0
    try:
        for key, tool in following:
            send(key, tool)
            sent += 1
    finally:
        if unsent := [key for key, _tool in following[sent:]]:
            with transaction() as connection:
                window.take_back(connection, session_id, unsent)
