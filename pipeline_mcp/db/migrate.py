"""Bring the database to the schema of this version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from pipeline_mcp.db.engine import transaction

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0013"
# Two processes that start at once must not both migrate; any constant of our own will do.
_LOCK = 0x70697065


def scripts() -> Path:
    """The directory of the migrations: in the package when installed, at the top in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "alembic"


def current() -> str | None:
    """The revision of the database, or None where it has no tables yet.

    Raises:
        ServiceError: the database cannot be reached.
    """
    with transaction() as connection:
        return _revision(connection)


def ensure_current() -> None:
    """Migrate unless the database is at `HEAD` or beyond; a look costs one query.

    A newer version, on another host, may have migrated already: migrations only add, so that
    this version goes on working.
    """
    if (current() or "") < HEAD:
        upgrade()


def upgrade(revision: str = "head") -> str:
    """Migrate up to `revision`, alone: others wait. Gives the revision reached.

    A database that a newer version has migrated stays as it is.
    """
    from alembic import command

    with transaction() as connection:
        _lock(connection)
        reached = _revision(connection)
        if reached is not None and reached > HEAD:
            return reached
        command.upgrade(_config(connection), revision)
        return _revision(connection) or "none"


def downgrade(revision: str) -> str:
    """Migrate down to `revision`. Gives the revision reached."""
    from alembic import command

    with transaction() as connection:
        _lock(connection)
        command.downgrade(_config(connection), revision)
        return _revision(connection) or "none"


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts()))
    config.attributes["connection"] = connection
    return config


def _lock(connection: Connection) -> None:
    """On SQLite the transaction itself is the lock: it begins IMMEDIATE."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
