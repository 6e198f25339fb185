"""What would make it faster or safer here: each suggestion with the numbers that it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pipeline_mcp.config.profiles import PROFILES
from pipeline_mcp.config.settings import Settings, settings
from pipeline_mcp.environment.detection import limits, tools
from pipeline_mcp.monitoring.health import COMPREHENSIVE, check

_GIBIBYTE = 1024**3
# What a unit takes at the least while its tool runs.
_UNIT_BYTES = 256 * 1024 * 1024
# A queue with more messages than this for each slot is waited for.
_DEEP = 20

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`setting` is what to change, where it is a setting; `because` has the measured numbers."""

    setting: str | None
    suggestion: str
    because: str


def optimise() -> dict[str, Any]:
    """Measure, and suggest; an empty list means that nothing was found to do better."""
    configured = settings()
    measured = {each.name: each.reading for each in check(COMPREHENSIVE).measurements}
    facts = {name: reading.facts for name, reading in measured.items()}
    facts["limits"] = limits()
    facts["tools"] = tools(configured)
    rules = (_concurrency, _memory, _workers, _depth, _disk, _database, _tools)
    found = [asdict(each) for rule in rules for each in rule(configured, facts)]
    unmeasured = sorted(
        name
        for name, reading in measured.items()
        if not reading.facts and reading.state == "failed"
    )
    return {"suggestions": found, "not_measured": unmeasured}


def _concurrency(configured: Settings, facts: Mapping[str, Facts]) -> Iterator[Suggestion]:
    usable = facts["limits"]["processors_usable"]
    fitting = max(1, round(usable))
    if configured.concurrency == fitting:
        return
    more = "more" if configured.concurrency > fitting else "fewer"
    yield Suggestion(
        "concurrency",
        f"Set PIPELINE_CONCURRENCY to {fitting}.",
        f"A worker here runs {configured.concurrency} units at once, {more} than the "
        f"{usable:g} processors that it may use, and a tool keeps one busy.",
    )


def _memory(configured: Settings, facts: Mapping[str, Facts]) -> Iterator[Suggestion]:
    limit = facts["limits"]["memory_bytes"]
    if limit is None:
        return
    if limit < configured.concurrency * _UNIT_BYTES:
        yield Suggestion(
            "concurrency",
            f"Set PIPELINE_CONCURRENCY to {max(1, limit // _UNIT_BYTES)}, or add memory.",
            f"{configured.concurrency} units at once have {limit / _GIBIBYTE:.1f} GiB together.",
        )
    if configured.tool.memory_bytes > limit:
        yield Suggestion(
            "tool.memory_bytes",
            f"Set PIPELINE_TOOL__MEMORY_BYTES below {limit}.",
            f"A tool may use {configured.tool.memory_bytes / _GIBIBYTE:.1f} GiB, which is more "
            f"than the {limit / _GIBIBYTE:.1f} GiB there are: the kernel would end the worker.",
        )


def _workers(_configured: Settings, facts: Mapping[str, Facts]) -> Iterator[Suggestion]:
    found = facts["workers"]
    if "workers" not in found:
        return
    if not found["workers"]:
        yield Suggestion(
            None,
            "Start a worker: `celery -A tasks worker`, or `pipeline-mcp up`.",
            "None is alive.",
        )
    for queue in found.get("queues_without_worker", ()):
        yield Suggestion(
            None,
            f"Let a worker listen to the queue {queue}: `celery -A tasks worker -Q {queue}`.",
            f"None of the {len(found['workers'])} live workers does.",
        )


def _depth(_configured: Settings, facts: Mapping[str, Facts]) -> Iterator[Suggestion]:
    slots = facts["workers"].get("slots", 0)
    for queue, depth in facts["queues"].get("depth", {}).items():
        if slots and depth > _DEEP * slots:
            yield Suggestion(
                None,
                "Start workers on more hosts.",
                f"{depth} messages wait in the queue {queue} for {slots} units at once.",
            )


def _disk(configured: Settings, facts: Mapping[str, Facts]) -> Iterator[Suggestion]:
    free = facts["state_directory"].get("free_bytes")
    if free is None:
        return
    cache = configured.cache_megabytes * 1024 * 1024
    is_local = configured.database.startswith("sqlite")
    if is_local and (cache > free or not cache):
        fitting = max(1, free // 2 // (1024 * 1024))
        yield Suggestion(
            "cache_megabytes",
            f"Set PIPELINE_CACHE_MEGABYTES to {fitting} or less.",
            f"Remembered results may grow to {configured.cache_megabytes or 'any number of'} MB, "
            f"and {free / _GIBIBYTE:.1f} GiB are free.",
        )
    wanted = configured.health.free_megabytes * 1024 * 1024
    if free < wanted or not configured.retention_days:
        kept = f"{configured.retention_days:g} days" if configured.retention_days else "for ever"
        yield Suggestion(
            "retention_days",
            "Keep sessions for a shorter time (PIPELINE_RETENTION_DAYS), then run "
            "`pipeline-mcp db prune`.",
            f"Sessions are kept {kept}, and {free / _GIBIBYTE:.1f} GiB are free.",
        )


def _database(configured: Settings, facts: Mapping[str, Facts]) -> Iterator[Suggestion]:
    nodes = {each["node"] for each in facts["workers"].get("workers", ())}
    if configured.database.startswith("sqlite") and not configured.is_embedded:
        yield Suggestion(
            "database_url",
            "Set PIPELINE_DATABASE_URL to a Postgres.",
            f"The broker can be reached from other hosts ({len(nodes)} with workers now), and "
            "SQLite is a file of this one.",
        )


def _tools(configured: Settings, facts: Mapping[str, Facts]) -> Iterator[Suggestion]:
    for name in sorted(PROFILES[configured.profile] & facts["tools"]["missing"].keys()):
        yield Suggestion(
            None,
            f"Install {name}: {facts['tools']['missing'][name]}",
            f"The profile {configured.profile} names it, and it is not here: it is left out.",
        )
