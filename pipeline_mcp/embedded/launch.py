"""Start a stack's supervisor, and wait until it can be used."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Self

from pipeline_mcp.config.background import worker_environment
from pipeline_mcp.config.settings import settings
from pipeline_mcp.embedded import locks, valkey_socket
from pipeline_mcp.embedded.plan import Plan, read_running
from pipeline_mcp.errors import ServiceError

_SUPERVISOR = [sys.executable, "-P", "-m", "pipeline_mcp.embedded.supervisor"]
_READY_SECONDS = 20.0
_LAUNCHES = 3
_PAUSE_SECONDS = 0.005
_LOG_LINES = 12


class Launch:
    """The start of one stack, by one command; others may be starting it at the same time.

    Entering starts a supervisor unless there is one, and does not wait for it; there is time
    for other work before `finish`.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._process: subprocess.Popen[bytes] | None = None
        self._launches = 0

    @property
    def is_ours(self) -> bool:
        """True if this command found no supervisor and started one."""
        return self._launches > 0

    def __enter__(self) -> Self:
        if not locks.is_held_alone(self._plan.home.supervisor):
            self._start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.wait()

    def finish(self) -> None:
        """Wait until the stack can be used.

        Raises:
            ServiceError: it does not start; with the end of its logs.
        """
        deadline = time.monotonic() + _READY_SECONDS
        self._settle()
        while not self._is_ready():
            if not locks.is_held_alone(self._plan.home.supervisor):
                if self._launches >= _LAUNCHES:
                    raise stack_error(self._plan, "it ended at once")
                self._start()
                self._settle()
            if time.monotonic() > deadline and not self._is_loading():
                raise stack_error(self._plan, f"it does not answer within {_READY_SECONDS:g} s")
            time.sleep(_PAUSE_SECONDS)

    def _start(self) -> None:
        self._launches += 1
        with self._plan.home.log("supervisor").open("ab") as log:
            started = subprocess.Popen(
                _SUPERVISOR,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                # It must not keep anybody's directory busy, nor import from one.
                cwd="/",
                env=worker_environment(settings()),
                start_new_session=True,
            )
        self._process = started
        if started.stdin is not None:
            with started.stdin as stream:
                stream.write(self._plan.to_json().encode())

    def _settle(self) -> None:
        """The process that we started goes on in the background and ends itself soon."""
        if self._process is None:
            return
        if self._process.wait() != 0:
            raise stack_error(self._plan, "it cannot be started")
        self._process = None

    def _is_ready(self) -> bool:
        if self._plan.valkey:
            return valkey_socket.ping(self._plan.socket) is valkey_socket.Answer.READY
        running = read_running(self._plan.home)
        held = locks.is_held_alone(self._plan.home.supervisor)
        return held and running is not None and running.identity == self._plan.identity

    def _is_loading(self) -> bool:
        return valkey_socket.ping(self._plan.socket) is valkey_socket.Answer.LOADING


def stack_error(plan: Plan, problem: str) -> ServiceError:
    """The error that says what the stack's programs said last."""
    return ServiceError(
        "embedded stack",
        f"{problem}:\n{_log_tail(plan)}",
        next_step=f"The logs are in {plan.home.logs}; see also `pipeline-mcp doctor`.",
    )


def _log_tail(plan: Plan) -> str:
    """The last lines of what the stack's programs said, newest log last."""
    logs = [plan.home.log(name) for name in ("valkey", "worker", "supervisor")]
    spoken = sorted(
        (log for log in logs if log.is_file() and log.stat().st_size),
        key=lambda log: log.stat().st_mtime,
    )
    tails = []
    for log in spoken:
        lines = log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        tails.append("\n".join(f"  {log.stem}: {line}" for line in lines))
    return "\n".join(tails) or "  it said nothing"
