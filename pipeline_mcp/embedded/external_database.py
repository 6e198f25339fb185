"""A database that somebody else runs: can it be reached?"""

from __future__ import annotations

from sqlalchemy.exc import OperationalError

from pipeline_mcp.db.engine import engine
from pipeline_mcp.errors import ServiceError


def check_database() -> None:
    """Connect once; the engine keeps the connection for what comes next.

    Raises:
        ServiceError: it does not answer in time.
        SettingError: the URL is not one of a database that is supported.
    """
    target = engine()
    try:
        target.connect().close()
    except OperationalError as error:
        shown = target.url.render_as_string(hide_password=True)
        raise ServiceError(
            "database",
            f"nothing answers at PIPELINE_DATABASE_URL ({shown}): {f'{error.orig}'.strip()}",
            next_step="Start the server, correct the URL, or unset it to use SQLite.",
        ) from error
