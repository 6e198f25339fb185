"""The database: does it answer, take a write, and have the tables of this version?"""

from __future__ import annotations

import time
from typing import Any

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import census, pulse, unfinished
from pipeline_mcp.db.engine import database_files, reading, transaction
from pipeline_mcp.db.migrate import HEAD, current
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.errors import ServiceError
from pipeline_mcp.monitoring.measurement import Reading, State

_UPGRADE = "Run `pipeline-mcp db upgrade`."
_FIRST_RUN = "The first run makes it, or `pipeline-mcp db upgrade`."


def database() -> Reading:
    """A question, the revision of its tables, and a row that is really written.

    Raises:
        ServiceError: it is not there or has no tables, does not answer, or takes no write.
    """
    expect_file()
    began = time.monotonic()
    with reading() as connection:
        kind = connection.dialect.name
        pulse.ask(connection)
    seconds = time.monotonic() - began
    revision = expect_tables()
    facts: dict[str, Any] = {
        "kind": kind,
        "round_trip_seconds": round(seconds, 6),
        "schema": revision,
        "schema_of_this_version": HEAD,
    }
    began = time.monotonic()
    with transaction() as connection:
        pulse.write(connection)
    write_seconds = time.monotonic() - began
    facts["write_seconds"] = round(write_seconds, 6)
    return _judged(kind, revision, max(seconds, write_seconds), facts)


def expect_file() -> None:
    """Asking SQLite about a file that is not there would make it.

    Raises:
        ServiceError: the database is a file, and not there.
    """
    for file in database_files()[:1]:
        if not file.exists():
            raise ServiceError("database", f"{file} does not exist yet", next_step=_FIRST_RUN)


def expect_tables() -> str:
    """The revision of the tables.

    Raises:
        ServiceError: there are none, or the database cannot be used.
    """
    expect_file()
    revision = current()
    if revision is None:
        raise ServiceError("database", "it has no tables yet", next_step=_FIRST_RUN)
    return revision


def _judged(kind: str, revision: str, seconds: float, facts: dict[str, Any]) -> Reading:
    detail = f"{kind}, answers and takes writes in {seconds * 1000:.1f} ms, schema {revision}"
    if revision < HEAD:
        return Reading(State.DEGRADED, f"{detail} of {HEAD}", _UPGRADE, facts)
    if seconds > settings().health.slow_seconds:
        advice = "See what keeps the server or its disk busy (health.slow_seconds)."
        return Reading(State.DEGRADED, detail, advice, facts)
    return Reading(State.OK, detail, facts=facts)


def sessions() -> Reading:
    """How many sessions are not over, and of how many nobody hears anything.

    Raises:
        ServiceError: the database cannot be used.
    """
    expect_tables()
    minutes = settings().health.stuck_minutes
    with reading() as connection:
        found = unfinished.count(connection, stuck_seconds=minutes * 60)
    facts = {
        "waiting": found.waiting,
        "queued": found.queued,
        "running": found.running,
        "stuck": found.stuck,
        "oldest_seconds": None if found.oldest is None else round(found.oldest, 1),
    }
    detail = f"{found.running} running, {found.queued} queued, {found.waiting} waiting in line"
    if not found.stuck:
        return Reading(State.OK, detail, facts=facts)
    advice = "See the workers; `pipeline-mcp recover` sends what nobody continues again."
    said = f"{detail}; {found.stuck} without a sign of life for {minutes:g} minutes"
    return Reading(State.DEGRADED, said, advice, facts)


def statuses() -> Reading:
    """How many sessions there are of each status, those that are over included.

    Raises:
        ServiceError: the database cannot be used.
    """
    expect_tables()
    with reading() as connection:
        counts = census.by_status(connection)
    facts = {"by_status": {status.value: counts.get(status.value, 0) for status in SessionStatus}}
    return Reading(State.OK, f"{sum(counts.values())} sessions", facts=facts)
