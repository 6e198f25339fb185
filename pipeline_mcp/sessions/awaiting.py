"""Wait for a worker to do what somebody wishes of a session's patch."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Connection, RowMapping

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.errors import ExitCode, PipelineError, TransientServiceError

_SHORTEST_PAUSE = 0.005
_PAUSE_GROWTH = 1.3

Outcome = TypeVar("Outcome")


class WishError(PipelineError):
    """What is wished of a patch cannot be done; `is_open` says that it may be, later."""

    def __init__(
        self, message: str, *, next_step: str | None = None, is_open: bool = False
    ) -> None:
        super().__init__(message, next_step=next_step)
        if is_open:
            self.exit_code = ExitCode.INCOMPLETE


@dataclass(frozen=True, slots=True)
class Wishes(Generic[Outcome]):
    """One kind of them: `named` is what a second one of its kind is called."""

    named: str
    get: Callable[[Connection, str], RowMapping | None]
    outcome_of: Callable[[RowMapping], Outcome | None]
    withdraw: Callable[[Connection, str, int], bool]


def wait_for(session_id: str, serial: int, wishes: Wishes[Outcome], *, seconds: float) -> Outcome:
    """What came of the wish of that number.

    Raises:
        WishError: another one came in between, or the worker takes longer than that.
        TransientServiceError: no worker took it up; it is withdrawn.
    """
    deadline = time.monotonic() + seconds
    pause = _SHORTEST_PAUSE
    while time.monotonic() < deadline:
        with reading() as connection:
            row = wishes.get(connection, session_id)
        if row is None or row["serial"] != serial:
            raise WishError(f"Another {wishes.named} of this session has come in between.")
        done = wishes.outcome_of(row)
        if done is not None:
            return done
        time.sleep(pause)
        pause = min(pause * _PAUSE_GROWTH, settings().poll_seconds)
    raise _unheard(session_id, serial, wishes, seconds)


def _unheard(
    session_id: str, serial: int, wishes: Wishes[Outcome], seconds: float
) -> PipelineError:
    with transaction() as connection:
        is_withdrawn = wishes.withdraw(connection, session_id, serial)
    if is_withdrawn:
        return TransientServiceError(
            "worker",
            f"no worker took it up within {seconds:g} s, and nothing was done",
            next_step="Start a worker on the host that has the workspace.",
        )
    return WishError(
        f"A worker is still at it after {seconds:g} s.",
        next_step="Ask again in a while: what is done is not done twice.",
        is_open=True,
    )
