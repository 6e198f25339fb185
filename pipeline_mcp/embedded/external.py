"""Broker and database that somebody else runs: can they be reached?"""

from __future__ import annotations

from kombu.connection import Connection
from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from pipeline_mcp.config.settings import Settings
from pipeline_mcp.db.engine import engine
from pipeline_mcp.errors import ServiceError, SettingError


def check_broker(configured: Settings) -> None:
    """Connect once, and let the broker answer.

    Raises:
        ServiceError: it does not answer in time.
        SettingError: the URL is not one of a broker.
    """
    seconds = configured.connect_timeout_seconds
    options = {"socket_connect_timeout": seconds, "socket_timeout": seconds}
    try:
        with Connection(  # type: ignore[no-untyped-call]
            configured.broker, connect_timeout=seconds, transport_options=options
        ) as connection:
            connection.ensure_connection(max_retries=1, timeout=seconds)
            connection.default_channel  # noqa: B018 - opening it asks the server
    except (KeyError, ValueError, ImportError) as error:
        raise SettingError("PIPELINE_BROKER_URL", f"{error}") from error
    except (BrokerError, OSError, *connection.recoverable_connection_errors) as error:
        raise ServiceError(
            "broker",
            f"nothing answers at PIPELINE_BROKER_URL ({connection.as_uri()}): {error}",
            next_step="Start the server, correct the URL, or unset it to use the embedded broker.",
        ) from error


def check_database(configured: Settings) -> None:
    """Connect once, with a time limit; a file needs no check but the first transaction.

    Raises:
        ServiceError: it does not answer in time.
    """
    if engine(configured.database).dialect.name == "sqlite":
        return
    url = make_url(configured.database)
    seconds = max(1, round(configured.connect_timeout_seconds))
    probe = create_engine(url, connect_args={"connect_timeout": seconds})
    try:
        with probe.connect() as connection:
            connection.execute(text("SELECT 1"))
    except OperationalError as error:
        shown = url.render_as_string(hide_password=True)
        raise ServiceError(
            "database",
            f"nothing answers at PIPELINE_DATABASE_URL ({shown}): {f'{error.orig}'.strip()}",
            next_step="Start the server, correct the URL, or unset it to use SQLite.",
        ) from error
    finally:
        probe.dispose()
