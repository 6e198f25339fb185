"""What a command needs before it may ask or start sessions."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline_mcp.cli.logs import use_configured_level

logger = logging.getLogger(__name__)


@contextmanager
def services(workers: int | None = None) -> Iterator[None]:
    """Broker, database and a worker can be used inside.

    Raises:
        ServiceError: they cannot.
    """
    from pipeline_mcp.embedded.stack import connected

    use_configured_level()
    with connected(workers):
        _continue_what_was_left()
        yield


def _continue_what_was_left() -> None:
    """For sessions that no worker looks after; if it cannot be done, the command goes on."""
    from pipeline_mcp.errors import PipelineError
    from pipeline_mcp.sessions.reconcile import reconcile

    try:
        reconcile()
    except PipelineError as error:
        logger.warning("earlier sessions were not looked after: %s", error)


def open_database() -> None:
    """The database can be read and written; nothing is started for it.

    Raises:
        ServiceError: it cannot.
    """
    from pipeline_mcp.db.migrate import ensure_current

    prepare_state()
    ensure_current()


def prepare_state() -> None:
    """The log has its level, and the database's directory exists if it is ours to make.

    Raises:
        ServiceError: the directory cannot be made.
    """
    from pipeline_mcp.config.settings import settings
    from pipeline_mcp.errors import ServiceError

    use_configured_level()
    if settings().database_url:
        return
    state = settings().state_dir
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ServiceError(
            "state directory",
            f"{state}: it cannot be made ({error.strerror})",
            next_step="Set PIPELINE_STATE_DIR to a directory of your own.",
        ) from error
