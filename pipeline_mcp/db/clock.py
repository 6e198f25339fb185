"""The database's clock: leases compare times of one clock, whatever the hosts' clocks say."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class now(GenericFunction[float]):  # noqa: N801 - it stands in SQL as a function
    """Seconds since the epoch, at the moment of the statement."""

    type = Float(53)
    inherit_cache = True
    name = "pipeline_now"


@compiles(now, "sqlite")
def _sqlite(_element: now, _compiler: Any, **_options: Any) -> str:
    # unixepoch('subsec') needs SQLite 3.42; Debian 12 ships 3.40.
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _postgresql(_element: now, _compiler: Any, **_options: Any) -> str:
    return "extract(epoch from clock_timestamp())::double precision"
