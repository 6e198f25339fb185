"""A broker that somebody else runs: can it be reached?"""

from __future__ import annotations

from kombu.connection import Connection
from kombu.exceptions import OperationalError

from pipeline_mcp.config.settings import Settings
from pipeline_mcp.embedded.addresses import without_password
from pipeline_mcp.errors import ServiceError, SettingError, TransientServiceError


def check_broker(configured: Settings) -> None:
    """Connect once, and let the broker answer.

    Raises:
        TransientServiceError: it does not answer in time.
        ServiceError: it does not let us in.
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
        kind = ServiceError if _refuses(error) else TransientServiceError
        raise kind(
            "broker",
            f"nothing answers at PIPELINE_BROKER_URL ({shown}): {error}",
            next_step="Start the server, correct the URL, or unset it to use the embedded broker.",
        ) from error


def _refuses(error: BaseException) -> bool:
    """True if a server is there and does not let us in: that will not change by itself."""
    from redis.exceptions import AuthenticationError

    return any(isinstance(each, AuthenticationError) for each in (error, error.__cause__))
