"""One engine per process and database, and the transaction that callers own."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    IntegrityError,
    NoSuchModuleError,
    ProgrammingError,
)

from pipeline_mcp.config.settings import settings
from pipeline_mcp.errors import ServiceError, SettingError


@functools.cache
def engine(url: str | None = None) -> Engine:
    """The engine for `url`, or for the settings' database.

    Raises:
        SettingError: the URL is malformed, or names a database that is not supported.
    """
    address = url or settings().database
    try:
        parsed = make_url(address)
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise SettingError("PIPELINE_DATABASE_URL", "use postgresql:// or sqlite:///")
        options: dict[str, Any] = {"pool_pre_ping": True}
        if parsed.get_backend_name() == "sqlite":
            options = {"connect_args": {"timeout": 30.0}}
        made = create_engine(parsed, **options)
    except (ArgumentError, NoSuchModuleError) as error:
        raise SettingError("PIPELINE_DATABASE_URL", f"{error}") from error
    if made.dialect.name == "sqlite":
        event.listen(made, "connect", _prepare_sqlite)
        event.listen(made, "begin", _begin)
    return made


@contextmanager
def transaction(url: str | None = None) -> Iterator[Connection]:
    """A connection in a transaction that commits at the end, or rolls back on any error.

    Raises:
        ServiceError: the database cannot be reached or written.
    """
    with _service_errors(), engine(url).begin() as connection:
        yield connection


@contextmanager
def reading(url: str | None = None) -> Iterator[Connection]:
    """A connection that sees one state of the database and writes nothing; blocks no writer.

    Raises:
        ServiceError: the database cannot be reached.
    """
    with _service_errors(), engine(url).connect() as connection:
        connection.execution_options(reads_only=True)
        yield connection


@contextmanager
def _service_errors() -> Iterator[None]:
    try:
        yield
    except (DataError, IntegrityError, ProgrammingError):
        raise  # the program's mistakes; the rest is a server or a file that cannot be used
    except DatabaseError as error:
        raise ServiceError("database", f"{error.orig}".strip()) from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself: BEGIN IMMEDIATE below does.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Writers take the lock at once: upgrading a read lock fails under concurrent writers."""
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
