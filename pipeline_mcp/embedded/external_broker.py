"""A broker that somebody else runs: can it be reached?"""

from __future__ import annotations

from kombu.connection import Connection
from kombu.exceptions import OperationalError

from pipeline_mcp.config.settings import Settings
from pipeline_mcp.embedded.addresses import without_password
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
        connection = Connection(  # type: ignore[no-untyped-call]
            configured.broker, connect_timeout=seconds, transport_options=options
        )
        known_failures = connection.recoverable_connection_errors
    except (KeyError, ValueError, ImportError) as error:
        raise SettingError("PIPELINE_BROKER_URL", f"{error}") from error
    try:
        with connection:
            connection.ensure_connection(  # type: ignore[no-untyped-call]
                max_retries=1, timeout=seconds
            )
    except (OperationalError, OSError, *known_failures) as error:
        shown = without_password(configured.broker)
        raise ServiceError(
            "broker",
            f"nothing answers at PIPELINE_BROKER_URL ({shown}): {error}",
            next_step="Start the server, correct the URL, or unset it to use the embedded broker.",
        ) from error
