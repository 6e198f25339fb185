"""One process per stack that starts Valkey and the worker, and ends them when nobody is left.

`python -P -m pipeline_mcp.embedded.supervisor` reads its plan from standard input. It imports
the standard library's smallest modules alone: it is on the way of every command.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pipeline_mcp.embedded import locks, processes, valkey_socket
from pipeline_mcp.embedded.child import Child, GaveUpError, say
from pipeline_mcp.embedded.detached import has_unfinished
from pipeline_mcp.embedded.plan import Plan, Running
from pipeline_mcp.embedded.usage import Usage, is_lost

_POLL_SECONDS = 0.2
_CLAIM_SECONDS = 0.2
_UNUSED_GRACE_SECONDS = 0.4
_ASKED_GRACE_SECONDS = 5.0
_VALKEY_GRACE_SECONDS = 5.0


class Supervisor:
    """Runs the stack of `plan`; `lock` is the supervisor's lock, held."""

    def __init__(self, plan: Plan, lock: int) -> None:
        self._plan = plan
        self._lock = lock
        self._usage = Usage(plan.home, lambda: has_unfinished(plan.database))
        self._worker = Child("worker", self._start_worker)
        server = plan.valkey or []
        self._valkey = Child("valkey", lambda: self._start_valkey(server))
        self._children = [self._valkey, self._worker] if server else [self._worker]
        self._lifeline: int | None = None
        self._asked_to_stop = False
        self._moved_aside = False
        self._signals = _listen(self._stop_on_signal)

    def run(self) -> None:
        """Until nobody needs the stack, or a signal says so.

        Raises:
            GaveUpError: one of the programs cannot be kept running.
        """
        processes.adopt_orphans()
        if self._plan.valkey:
            _end_leftover(self._plan.socket)
        self._tell()
        try:
            while not self._is_over():
                for child in self._children:
                    child.tend(time.monotonic())
                self._sleep()
                self._reap()
        except GaveUpError as error:
            say(f"gave up: {error}")
            self._tell(gave_up=f"{error}")
            raise
        finally:
            self._stop()

    def _tell(self, gave_up: str = "") -> None:
        running = Running(os.getpid(), self._plan.identity, self._plan.workers, gave_up)
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, json.dumps(running._asdict()).encode(), 0)

    def _is_over(self) -> bool:
        return (
            self._asked_to_stop
            or is_lost(self._lock, self._plan.home.supervisor)
            or self._usage.is_over(time.monotonic())
        )

    def _start_valkey(self, command: list[str]) -> int:
        self._plan.home.data.mkdir(mode=0o700, exist_ok=True)
        return processes.spawn(command, log=self._plan.home.log("valkey"), die_with_us=True)

    def _start_worker(self) -> int:
        """The worker ends when its standard input does, and takes its tools along."""
        if self._lifeline is not None:
            os.close(self._lifeline)
        reader, self._lifeline = os.pipe()
        try:
            return processes.spawn(
                self._plan.worker,
                log=self._plan.home.log("worker"),
                stdin=reader,
                die_with_us=False,
            )
        finally:
            os.close(reader)

    def _sleep(self) -> None:
        readable, _, _ = select.select([self._signals], [], [], _POLL_SECONDS)
        if readable:
            os.read(self._signals, 512)

    def _stop_on_signal(self, *_: object) -> None:
        self._asked_to_stop = True

    def _reap(self) -> None:
        """Take note of all that ended: our programs, and orphans that became ours."""
        while any(child.pid for child in self._children):
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            for child in self._children:
                if child.pid == pid:
                    self._heal(child, os.waitstatus_to_exitcode(status))

    def _heal(self, child: Child, exit_code: int) -> None:
        child.ended(exit_code, time.monotonic())
        if child is self._worker:
            self._end_orphans()
        elif exit_code > 0 and not self._moved_aside:
            # It refused its data; the database is the truth, so it can do without.
            self._moved_aside = True
            _move_aside(self._plan.home.data)

    def _end_orphans(self) -> None:
        """Tools whose worker is gone; the end of one may make its own children ours."""
        ours = {child.pid for child in self._children}
        while orphans := set(processes.children_of(os.getpid())) - ours:
            for pid in orphans:
                processes.kill_with_group(pid)
                os.waitpid(pid, 0)

    def _stop(self) -> None:
        self._worker.stop(_ASKED_GRACE_SECONDS if self._asked_to_stop else _UNUSED_GRACE_SECONDS)
        self._end_orphans()
        self._valkey.stop(_VALKEY_GRACE_SECONDS)
        say("stopped")
        # First this one: who waits for the other lock must find no supervisor.
        os.close(self._lock)
        self._usage.release()


def main() -> int:
    """Claim the stack and go on in the background; 0 also if another supervisor was faster."""
    plan = Plan.from_json(sys.stdin.read())
    lock = _claim(plan.home.supervisor)
    if lock is None or os.fork():
        return 0
    try:
        Supervisor(plan, lock).run()
    except GaveUpError:
        return 1
    return 0


def _claim(path: Path) -> int | None:
    """Others look at the lock by holding it for a moment: a single try could be unlucky."""
    deadline = time.monotonic() + _CLAIM_SECONDS
    while (lock := locks.try_exclusive(path)) is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return lock


def _listen(stop: Callable[..., None]) -> int:
    """The file that becomes readable when a signal arrives."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return reader


def _end_leftover(socket: Path) -> None:
    """A server that outlived its supervisor would fight ours for the socket and the data."""
    deadline = time.monotonic() + _VALKEY_GRACE_SECONDS
    while (
        valkey_socket.ping(socket) is not valkey_socket.Answer.NOTHING
        and time.monotonic() < deadline
    ):
        valkey_socket.shut_down(socket)
        time.sleep(0.01)
    socket.unlink(missing_ok=True)


def _move_aside(directory: Path) -> None:
    import shutil

    aside = directory.with_name(f"{directory.name}.damaged")
    shutil.rmtree(aside, ignore_errors=True)
    directory.rename(aside)
    say(f"valkey refused its data, which are now in {aside}")


if __name__ == "__main__":
    sys.exit(main())
