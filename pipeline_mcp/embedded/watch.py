"""While a command uses the stack, bring its supervisor back if it is killed."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from types import TracebackType

from pipeline_mcp.embedded.launch import Launch, stack_error
from pipeline_mcp.embedded.plan import Plan, read_running
from pipeline_mcp.errors import PipelineError, ServiceError

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0


class Watch:
    """A thread beside the command; if the stack cannot be kept up, the command is interrupted.

    `is_missing` says whether a supervisor should be there and is not.

    Raises, on leaving:
        ServiceError: the stack could not be brought back.
    """

    def __init__(self, plan: Plan, is_missing: Callable[[], bool]) -> None:
        self._plan = plan
        self._is_missing = is_missing
        self._ended = threading.Event()
        self._failure: PipelineError | None = None
        self._thread = threading.Thread(target=self._look, name="stack-watch", daemon=True)
        self._user = threading.current_thread()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        if self._failure is not None and (error is None or isinstance(error, KeyboardInterrupt)):
            raise self._failure from None

    def _look(self) -> None:
        try:
            while not self._ended.wait(_LOOK_SECONDS):
                if self._must_be_brought_back():
                    self._bring_back()
        except PipelineError as error:
            self._failure = error
            self._interrupt()

    def _must_be_brought_back(self) -> bool:
        try:
            return self._is_missing()
        except ServiceError as error:
            # A service that is away comes back, and who needs it meanwhile hears of it anyway:
            # no reason to end a server.
            logger.warning("it cannot be seen whether a worker is alive: %s", error)
            return False

    def _bring_back(self) -> None:
        running = read_running(self._plan.home)
        if running is not None and running.gave_up:
            raise stack_error(self._plan, running.gave_up)
        logger.warning("the embedded stack was gone; starting it again")
        with Launch(self._plan) as launch:
            launch.finish()

    def _interrupt(self) -> None:
        """Only a signal ends whatever the command waits for."""
        if self._user is threading.main_thread() and self._user.ident is not None:
            signal.pthread_kill(self._user.ident, signal.SIGINT)
