"""What a command needs before it may ask or start sessions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline_mcp.cli.logs import use_configured_level


@contextmanager
def services(workers: int | None = None) -> Iterator[None]:
    """Broker, database and a worker can be used inside.

    Raises:
        ServiceError: they cannot.
    """
    from pipeline_mcp.embedded.stack import connected

    use_configured_level()
    with connected(workers):
        yield


def open_database() -> None:
    """The database can be read and written; nothing is started for it.

    Raises:
        ServiceError: it cannot.
    """
    from pipeline_mcp.db.migrate import ensure_current

    prepare_state()
    ensure_current()


def prepare_state() -> None:
    """The log has its level, and the database's directory exists if it is ours to make."""
    from pipeline_mcp.config.settings import settings

    use_configured_level()
    if not settings().database_url:
        settings().state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
