"""What commands need before they can send work: services that answer, and a worker."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline_mcp.config.settings import Settings, settings
from pipeline_mcp.embedded import locks
from pipeline_mcp.embedded.addresses import without_password
from pipeline_mcp.embedded.launch import Launch
from pipeline_mcp.embedded.plan import Home, Plan, read_running
from pipeline_mcp.embedded.planning import APPLICATION, home_of, plan_for, worker_name
from pipeline_mcp.embedded.state_directory import prepare
from pipeline_mcp.embedded.watch import Watch
from pipeline_mcp.errors import ServiceError

logger = logging.getLogger(__name__)

_STOP_SECONDS = 15.0
_OTHER_STACK_SECONDS = 5.0
_PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Status:
    """What runs: `is_running` is the supervisor, `in_use` counts other commands than this."""

    is_running: bool
    in_use: bool
    kept: bool
    pid: int | None
    workers: int | None
    broker: str
    state_dir: str


@contextmanager
def connected(
    workers: int | None = None, *, own_worker: bool = False, application: str = APPLICATION
) -> Iterator[None]:
    """While inside, broker and database answer and a worker runs or is about to.

    `workers` is the number of units at once of a worker that this starts. With a broker of
    somebody else's, a worker is started only where none is alive, or for `own_worker`.

    Raises:
        ServiceError: a service does not answer, or the state directory cannot be used.
    """
    configured = settings()
    plan = plan_for(configured, workers, application)
    prepare(configured.state_dir, plan)
    with _entered(plan):
        is_missing = _start_embedded if configured.is_embedded else _start_external
        with Watch(plan, is_missing(configured, plan, workers, own_worker)):
            yield


def up(workers: int | None = None) -> Status:
    """Start the stack and keep it after this command.

    Raises:
        ServiceError: as `connected`.
    """
    with connected(workers, own_worker=True):
        home_of(settings()).keep.touch()
    return status()


def down() -> Status:
    """Keep the stack no longer: it stops now, or with the last command that uses it.

    Raises:
        ServiceError: it does not stop.
    """
    home = home_of(settings())
    home.keep.unlink(missing_ok=True)
    if locks.is_held_alone(home.supervisor):
        _stop_unless_used(home)
    return status()


def status() -> Status:
    """What runs at this moment."""
    configured = settings()
    home = home_of(configured)
    running = read_running(home) if locks.is_held_alone(home.supervisor) else None
    return Status(
        is_running=running is not None,
        in_use=_is_used(home),
        kept=home.keep.exists(),
        pid=running.pid if running else None,
        workers=running.workers if running else None,
        broker=without_password(configured.broker),
        state_dir=str(configured.state_dir),
    )


@contextmanager
def _entered(plan: Plan) -> Iterator[None]:
    """Keep the stack from stopping; one of other settings gets the time to end first."""
    deadline = time.monotonic() + _OTHER_STACK_SECONDS
    while True:
        with locks.shared(plan.home.clients):
            running = read_running(plan.home)
            is_other = running is not None and running.identity != plan.identity
            if not is_other or not locks.is_held_alone(plan.home.supervisor):
                yield
                return
        if time.monotonic() > deadline:
            raise ServiceError(
                "embedded stack",
                "another version, or one with another PIPELINE_DATABASE_URL, runs in "
                f"{plan.home.run}",
                next_step="Stop it with `pipeline-mcp down`, or set another PIPELINE_STATE_DIR.",
            )
        time.sleep(_PAUSE_SECONDS)


def _start_embedded(
    _configured: Settings, plan: Plan, workers: int | None, _own_worker: bool
) -> Callable[[], bool]:
    with Launch(plan) as launch:
        _bring_database_up_to_date()
        launch.finish()
    _say_if_ignored(launch, plan, workers)
    return lambda: not locks.is_held_alone(plan.home.supervisor)


def _start_external(
    configured: Settings, plan: Plan, workers: int | None, own_worker: bool
) -> Callable[[], bool]:
    from pipeline_mcp.embedded.external_broker import check_broker

    check_broker(configured)
    _bring_database_up_to_date()

    def is_missing() -> bool:
        if locks.is_held_alone(plan.home.supervisor):
            return False
        return own_worker or not _others(configured)

    if is_missing():
        logger.warning("no worker is alive; starting one on this machine while it is needed")
    if is_missing() or locks.is_held_alone(plan.home.supervisor):
        with Launch(plan) as launch:
            launch.finish()
        _say_if_ignored(launch, plan, workers)
    return is_missing


def _bring_database_up_to_date() -> None:
    # Imported while the services start: it takes as long as they do.
    from pipeline_mcp.db.migrate import ensure_current

    ensure_current()


def _others(configured: Settings) -> list[str]:
    """Live workers that are not this stack's: its own may be dead and still in the register."""
    from pipeline_mcp.db import workers
    from pipeline_mcp.db.engine import reading

    with reading() as connection:
        names = [each.name for each in workers.live(connection)]
    return [name for name in names if name != worker_name(configured)]


def _say_if_ignored(launch: Launch, plan: Plan, workers: int | None) -> None:
    running = read_running(plan.home)
    if workers and running and not launch.is_ours and running.workers != workers:
        logger.warning(
            "the stack already runs with %d workers; --workers %d is ignored",
            running.workers,
            workers,
        )


def _is_used(home: Home) -> bool:
    if not home.clients.exists():
        return False
    lock = locks.try_exclusive(home.clients)
    if lock is None:
        return True
    os.close(lock)
    return False


def _stop_unless_used(home: Home) -> None:
    lock = locks.try_exclusive(home.clients)
    if lock is None:
        return
    try:
        running = read_running(home)
        if running is not None and locks.is_held_alone(home.supervisor):
            os.kill(running.pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while locks.is_held_alone(home.supervisor):
            if time.monotonic() > deadline:
                raise ServiceError("embedded stack", f"it did not stop in {_STOP_SECONDS:g} s")
            time.sleep(_PAUSE_SECONDS)
    finally:
        os.close(lock)
