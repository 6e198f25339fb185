"""The front end's door to the broker: a Celery app that knows no task and sends them by name."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from celery import Celery
from celery.loaders.app import AppLoader
from kombu.exceptions import OperationalError

from pipeline_mcp import canvas
from pipeline_mcp.errors import ServiceError, TransientServiceError

# What the broker knows as long as it has not lost everything.
_MARK = "mark-of-pipeline-mcp"
_NEXT_STEP = "Check PIPELINE_BROKER_URL, then `pipeline-mcp doctor`."


class InstalledLoader(AppLoader):  # type: ignore[misc]
    """Imports what is installed; Celery's own looks in the working directory first.

    That may be a repository, and a file `celeryconfig.py` in it would run in our process.
    """

    def import_from_cwd(
        self, module: str, imp: object = None, package: str | None = None
    ) -> ModuleType:
        """The module of that name, from wherever Python looks for it."""
        return importlib.import_module(module, package)


@functools.cache
def application() -> Celery:
    """The app, configured as the workers' is, but for results: the database is asked for those."""
    app = Celery("pipeline_mcp", loader=InstalledLoader, set_as_current=False)
    app.config_from_object("celeryconfig")
    # Or it would subscribe to the result of every task that it sends, and never let go.
    app.conf.result_backend = "disabled://"
    # Once, because a connection may have gone stale. What cannot be sent is not lost, and a
    # caller does not wait for a broker that is away: the reconciler sends it.
    app.conf.task_publish_retry_policy = {"max_retries": 1, "interval_start": 0}
    return app


def send_pipeline(session_id: str, *, priority: int, node: str | None, fixes: bool = False) -> None:
    """Hand the session's canvas to the broker; `node` and `fixes` as in `canvas.pipeline`.

    Raises:
        ServiceError: the broker cannot be reached.
    """
    with broker_errors():
        canvas.pipeline(
            application(), session_id, priority=priority, node=node, fixes=fixes
        ).apply_async()


def send_fixes(session_id: str, *, priority: int) -> None:
    """Hand what is left of a session after a scan to the broker.

    Raises:
        ServiceError: the broker cannot be reached.
    """
    with broker_errors():
        canvas.fixes(application(), session_id, priority=priority).apply_async()


def send_application(session_id: str, *, node: str | None) -> None:
    """Hand the wish for the session's patch to a worker; `node` as in `canvas.pipeline`.

    Raises:
        ServiceError: the broker cannot be reached.
    """
    with broker_errors():
        canvas.application(application(), session_id, node=node).apply_async()


def send_integration(session_id: str, *, node: str | None) -> None:
    """Hand the last steps of a session that applies by itself to the broker.

    Raises:
        ServiceError: the broker cannot be reached.
    """
    with broker_errors():
        canvas.integration(application(), session_id, node=node).apply_async()


def send_delivery(session_id: str, *, node: str | None) -> None:
    """Hand the wish to commit the session's patch to a worker; `node` as in `canvas.pipeline`.

    Raises:
        ServiceError: the broker cannot be reached.
    """
    with broker_errors():
        canvas.delivery(application(), session_id, node=node).apply_async()


def send_units(session_id: str, units: Sequence[tuple[str, str]], *, priority: int) -> None:
    """Hand single units `(key, tool)` to the broker, without a chord around them.

    Raises:
        ServiceError: the broker cannot be reached.
    """
    with broker_errors():
        for key, tool in units:
            canvas.lint(application(), tool, session_id, key, priority).apply_async()


def remembers() -> bool:
    """True if the broker still has the mark of `remember`, and so what it was given since.

    Raises:
        ServiceError: the broker cannot be reached.
    """
    with _client() as client:
        return bool(client.exists(_MARK))


def remember() -> None:
    """Leave a mark that a broker loses together with all messages.

    Raises:
        ServiceError: the broker cannot be reached.
    """
    with _client() as client:
        client.set(_MARK, "1")


@contextmanager
def _client() -> Iterator[Any]:
    with broker_errors(), application().pool.acquire(block=True) as connection:
        yield connection.default_channel.client


@contextmanager
def broker_errors() -> Iterator[None]:
    """Inside, whatever the broker's libraries raise becomes one of our own errors.

    Raises:
        TransientServiceError: the broker is away.
        ServiceError: it refuses us, and will go on to.
    """
    from redis.exceptions import AuthenticationError, RedisError

    try:
        yield
    except (OperationalError, RedisError, OSError) as error:
        refused = isinstance(error, AuthenticationError) or isinstance(
            error.__cause__, AuthenticationError
        )
        kind = ServiceError if refused else TransientServiceError
        raise kind("broker", f"{error}", next_step=_NEXT_STEP) from error
