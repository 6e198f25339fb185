"""This host: room on the disks that the pipeline writes to, and memory."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline_mcp.config.settings import settings
from pipeline_mcp.monitoring.machine import memory as measured_memory
from pipeline_mcp.monitoring.measurement import Reading, State

_MEGABYTE = 1024 * 1024
_MAKE_ROOM = "Free some space, or remove what has expired with `pipeline-mcp db prune`."


def state_directory() -> Reading:
    """The disk of the state directory.

    Raises:
        OSError: it cannot be asked.
    """
    directory = settings().state_dir
    if not directory.is_dir():
        advice = "The first run makes it; PIPELINE_STATE_DIR names another place."
        return Reading(State.FAILED, f"{directory} does not exist", advice)
    if not os.access(directory, os.W_OK | os.X_OK):
        advice = "Set PIPELINE_STATE_DIR to a directory of your own."
        return Reading(State.FAILED, f"{directory} may not be written", advice)
    return _disk(directory)


def blob_store() -> Reading:
    """Where the blobs are: on this host's disk or in the database."""
    if settings().stores_blobs_in_database:
        return Reading(State.OK, "in the database", facts={"place": "database"})
    directory = settings().state_dir / "blobs"
    if not directory.is_dir():
        return Reading(State.OK, f"{directory}, made by the first run", facts={"place": "local"})
    return _disk(directory)


def memory() -> Reading:
    """How much of what this process may use is in use."""
    found = measured_memory()
    if found is None:
        return Reading(State.OK, "this system does not say")
    facts = {
        "limit_bytes": found.limit,
        "used_bytes": found.used,
        "limited_by": "container" if found.is_container else "machine",
    }
    detail = f"{found.percent:.0f}% of {found.limit / 1024**3:.1f} GiB in use"
    if found.percent <= settings().health.memory_percent:
        return Reading(State.OK, detail, facts=facts)
    advice = "Lower PIPELINE_CONCURRENCY, or give this host more memory (health.memory_percent)."
    return Reading(State.DEGRADED, detail, advice, facts)


def _disk(directory: Path) -> Reading:
    found = os.statvfs(directory)
    free = found.f_bavail * found.f_frsize
    size = found.f_blocks * found.f_frsize
    facts = {"path": str(directory), "free_bytes": free, "size_bytes": size}
    detail = f"{directory}, {free / 1024**3:,.1f} GiB free"
    # Some file systems make names as they need them, and say that they have none at all.
    if found.f_files and not found.f_favail:
        return Reading(State.FAILED, f"{directory}: no room for more files", _MAKE_ROOM, facts)
    if free < settings().health.least_megabytes * _MEGABYTE:
        return Reading(State.FAILED, detail, _MAKE_ROOM, facts)
    if free < settings().health.free_megabytes * _MEGABYTE:
        return Reading(State.DEGRADED, detail, _MAKE_ROOM, facts)
    return Reading(State.OK, detail, facts=facts)
