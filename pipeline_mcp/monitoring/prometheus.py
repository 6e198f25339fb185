"""A measurement of the health in the text format of Prometheus, as its file collector reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline_mcp.monitoring.health import Health
from pipeline_mcp.monitoring.measurement import State

_NUMBER = {State.OK: 2, State.DEGRADED: 1, State.FAILED: 0}
_HELP = {
    "pipeline_health": "The whole: 2 ok, 1 degraded, 0 failed.",
    "pipeline_health_check": "One part: 2 ok, 1 degraded, 0 failed.",
    "pipeline_health_check_seconds": "How long its measurement took.",
    "pipeline_health_measured_at_seconds": "When this was measured, since the epoch.",
    "pipeline_queue_depth": "Messages that wait in a queue.",
    "pipeline_sessions_unfinished": "Sessions that are not over, by what they do.",
    "pipeline_sessions": "Sessions by status, those that are over included.",
    "pipeline_workers_alive": "Workers that were seen lately.",
    "pipeline_worker_slots": "Units that the live workers can run at once.",
    "pipeline_disk_free_bytes": "Free room on the disk of a directory.",
    "pipeline_memory_used_bytes": "Memory in use.",
    "pipeline_memory_limit_bytes": "Memory that may be used.",
}

Sample = tuple[str, dict[str, str], float]


def prometheus_text(health: Health) -> str:
    """The samples, grouped by metric as the format wants it."""
    lines = []
    samples = list(_samples(health))
    for metric, said in _HELP.items():
        mine = [sample for sample in samples if sample[0] == metric]
        if mine:
            lines += [f"# HELP {metric} {said}", f"# TYPE {metric} gauge", *map(_line, mine)]
    return "".join(f"{line}\n" for line in lines)


def _samples(health: Health) -> Iterator[Sample]:
    yield "pipeline_health", {}, _NUMBER[health.state]
    yield "pipeline_health_measured_at_seconds", {}, health.measured_at
    for each in health.measurements:
        label = {"check": each.name}
        yield "pipeline_health_check", label, _NUMBER[each.reading.state]
        yield "pipeline_health_check_seconds", label, each.seconds
        yield from _of_facts(each.name, each.reading.facts)


def _of_facts(name: str, facts: dict[str, Any]) -> Iterator[Sample]:
    for queue, depth in facts.get("depth", {}).items():
        yield "pipeline_queue_depth", {"queue": queue}, depth
    if name == "sessions" and facts:
        for state in ("waiting", "queued", "running", "stuck"):
            yield "pipeline_sessions_unfinished", {"state": state}, facts[state]
    for status, number in facts.get("by_status", {}).items():
        yield "pipeline_sessions", {"status": status}, number
    if "workers" in facts:
        yield "pipeline_workers_alive", {}, len(facts["workers"])
        yield "pipeline_worker_slots", {}, facts.get("slots", 0)
    if "free_bytes" in facts:
        yield "pipeline_disk_free_bytes", {"path": facts["path"]}, facts["free_bytes"]
    if "used_bytes" in facts:
        yield "pipeline_memory_used_bytes", {}, facts["used_bytes"]
        yield "pipeline_memory_limit_bytes", {}, facts["limit_bytes"]


def _line(sample: Sample) -> str:
    metric, labels, value = sample
    written = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
    return f"{metric}{{{written}}} {value!r}" if written else f"{metric} {value!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
