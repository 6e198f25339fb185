"""One engine per process and database, and the transaction that callers own."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    InvalidatePoolError,
    NoSuchModuleError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from pipeline_mcp.announcer import announce
from pipeline_mcp.config.settings import settings
from pipeline_mcp.db.changes import CHANGED
from pipeline_mcp.db.faults import is_transient
from pipeline_mcp.errors import ServiceError, SettingError, TransientServiceError

_SYNCHRONOUS = "synchronous"
_USED_AT = "used_at"
_IDLE_SECONDS = 1.0
_NEXT_STEP = "See that it runs, has room and may be written; `pipeline-mcp doctor` says what works."


@functools.cache
def engine(url: str | None = None) -> Engine:
    """The engine for `url`, or for the settings' database.

    Raises:
        SettingError: the URL is malformed, or names a database that is not supported.
    """
    try:
        parsed = _with_driver(make_url(url or settings().database))
        made = create_engine(parsed, **_options(parsed))
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError) as error:
        raise SettingError("PIPELINE_DATABASE_URL", f"{error}") from error
    if made.dialect.name == "sqlite":
        event.listen(made, "connect", _prepare_sqlite)
        event.listen(made, "begin", _begin)
    else:
        event.listen(made, "checkin", _note_use)
        event.listen(made, "checkout", functools.partial(_expect_alive, made))
    return made


def _with_driver(url: URL) -> URL:
    """The URL with the driver that this product depends on, unless it names another."""
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise SettingError("PIPELINE_DATABASE_URL", "use postgresql:// or sqlite:///")
    if url.get_backend_name() == "sqlite" and (url.database or ":memory:").endswith(":memory:"):
        said = "no worker could see a database in memory; name a file, as in sqlite:////path/file"
        raise SettingError("PIPELINE_DATABASE_URL", said)
    return url.set(drivername="postgresql+psycopg2") if url.drivername == "postgresql" else url


def _options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": 30.0}}
    # libpq counts whole seconds, and takes fewer than two for none at all.
    seconds = max(2, round(settings().connect_timeout_seconds))
    return {"connect_args": {"connect_timeout": seconds}}


def database_files() -> list[Path]:
    """The files of the settings' database, there or not; none where it is a server's."""
    url = engine().url
    if url.get_backend_name() != "sqlite":
        return []
    file = Path(f"{url.database}").resolve()
    return [file.with_name(file.name + suffix) for suffix in ("", "-wal", "-shm", "-journal")]


@contextmanager
def transaction(url: str | None = None, *, durable: bool = False) -> Iterator[Connection]:
    """A connection in a transaction that commits at the end, or rolls back on any error.

    What is committed outlasts the death of every process. A power cut may undo the last commits
    of SQLite, but none that is `durable`, which waits for the disk.

    The sessions that `db.changes.note` was told of are announced after the commit.

    Raises:
        ServiceError: the database cannot be reached or written; a `TransientServiceError` if
            it is worth another try.
    """
    target = engine(url)
    changed: set[str] = set()
    begins = target.execution_options(durable=True) if durable else target
    with _service_errors(target), begins.begin() as connection:
        connection.execution_options(**{CHANGED: changed})
        yield connection
    announce(changed)


@contextmanager
def reading(url: str | None = None) -> Iterator[Connection]:
    """A connection that sees one state of the database and writes nothing; blocks no writer.

    Raises:
        ServiceError: the database cannot be reached.
    """
    target = engine(url)
    with _service_errors(target), target.connect() as connection:
        connection.execution_options(reads_only=True)
        yield connection


def spare_the_disk(connection: Connection) -> None:
    """Let the transaction commit without waiting for the disk, where that is the slow part.

    A crash of the server, not of ours, may then undo it, with all that came after it: right for
    what somebody would do again, such as taking a lease.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")


@contextmanager
def _service_errors(target: Engine) -> Iterator[None]:
    try:
        yield
    except (DataError, IntegrityError, ProgrammingError):
        raise  # the program's mistakes; the rest is a server or a file that cannot be used
    except (DatabaseError, InterfaceError) as error:
        kind = TransientServiceError if is_transient(error) else ServiceError
        said = " ".join(f"{error.orig}".split())
        raise kind("database", f"{_shown(target.url)}: {said}", next_step=_NEXT_STEP) from error
    except PoolTimeoutError as error:
        raise TransientServiceError("database", "all connections are in use") from error


def _shown(url: URL) -> str:
    """The database as its operator knows it: the setting without its password, or our own file."""
    if url.get_backend_name() == "sqlite" and not settings().database_url:
        return f"{url.database}"
    plain = url.set(drivername=url.get_backend_name())
    return f"PIPELINE_DATABASE_URL ({plain.render_as_string(hide_password=True)})"


def _note_use(_connection: Any, record: Any) -> None:
    record.info[_USED_AT] = time.monotonic()


def _expect_alive(target: Engine, connection: Any, record: Any, _proxy: Any) -> None:
    """Ask a connection that was long idle whether it still is one.

    One that was used a moment ago is tried: if its server went meanwhile, that is a fault that
    passes, as if it had gone a moment later.
    """
    used_at = record.info.get(_USED_AT)
    if used_at is None or time.monotonic() - used_at < _IDLE_SECONDS:
        return
    try:
        target.dialect.do_ping(connection)
    except target.dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


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
    options = connection.get_execution_options()
    # It cannot be changed inside of a transaction, and stays with the connection.
    level = "FULL" if options.get("durable") else "NORMAL"
    if connection.info.get(_SYNCHRONOUS, "NORMAL") != level:
        connection.exec_driver_sql(f"PRAGMA synchronous={level}")
        connection.info[_SYNCHRONOUS] = level
    connection.exec_driver_sql("BEGIN" if options.get("reads_only") else "BEGIN IMMEDIATE")
