"""The front end's door to the broker: a Celery app that knows no task and sends them by name."""

from __future__ import annotations

import functools
import importlib
from types import ModuleType

from celery import Celery
from celery.loaders.app import AppLoader
from kombu.exceptions import OperationalError

from pipeline_mcp.canvas import pipeline
from pipeline_mcp.errors import ServiceError


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
    """The app, configured as the workers' is."""
    app = Celery("pipeline_mcp", loader=InstalledLoader, set_as_current=False)
    app.config_from_object("celeryconfig")
    return app


def send_pipeline(session_id: str, *, priority: int, node: str | None) -> None:
    """Hand the session's canvas to the broker; `node` as in `canvas.pipeline`.

    Raises:
        ServiceError: the broker cannot be reached.
    """
    try:
        canvas = pipeline(application(), session_id, priority=priority, node=node)
        canvas.apply_async()
    except (OperationalError, ConnectionError, OSError) as error:
        raise ServiceError(
            "broker", f"{error}", next_step="Check PIPELINE_BROKER_URL, then `pipeline-mcp doctor`."
        ) from error
