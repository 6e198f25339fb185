"""Which files go together: pure arithmetic on sizes and costs."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline_mcp.domain.snapshot import ManifestRow
from pipeline_mcp.tools.contract import Tool

# A shard must be worth its start: the work in it at least so many times the tool's start-up.
_WORTH = 4.0
# Beyond this a command line grows too long for the kernel, whatever the names.
_MOST_FILES = 2_000
_KIB = 1024


@dataclass(frozen=True, slots=True)
class Shard:
    """Some files of one tool, sorted, and what they are expected to cost in CPU seconds."""

    tool: Tool
    rows: tuple[ManifestRow, ...]
    cost: float


def make_shards(
    work: Mapping[str, tuple[Tool, Sequence[ManifestRow]]],
    rates: Mapping[str, float],
    slots: int,
) -> list[Shard]:
    """Split the tools' files into shards for `slots` parallel places, longest first.

    `rates` are learned CPU seconds per byte by tool; a tool that is not in it costs what its
    adapter guesses. A tool is split only as far as no place would be left waiting for it.
    """
    costs = {name: _cost(tool, rows, rates) for name, (tool, rows) in work.items()}
    fair_share = sum(costs.values()) / max(slots, 1)
    shards = [
        Shard(tool, part, _cost(tool, part, rates))
        for name, (tool, rows) in work.items()
        for part in _split(rows, _parts(tool, rows, costs[name], fair_share, slots))
    ]
    return sorted(shards, key=lambda shard: (-shard.cost, shard.tool.name, shard.rows[0].path))


def seconds_per_byte(tool: Tool, rates: Mapping[str, float]) -> float:
    """What the tool costs beyond its start, learned or guessed."""
    return rates.get(tool.name, tool.cost.per_kib / _KIB)


def _cost(tool: Tool, rows: Sequence[ManifestRow], rates: Mapping[str, float]) -> float:
    size = sum(row.size for row in rows)
    return tool.cost.startup + size * seconds_per_byte(tool, rates)


def _parts(
    tool: Tool, rows: Sequence[ManifestRow], cost: float, fair_share: float, slots: int
) -> int:
    if not tool.is_shardable:
        return 1
    needed = math.ceil(len(rows) / _MOST_FILES)
    work = cost - tool.cost.startup
    worth = math.floor(work / (_WORTH * max(tool.cost.startup, 0.01)))
    # Twice as many parts as a fair share asks for: the last ones even out wrong guesses.
    wished = math.ceil(2 * cost / fair_share) if cost > fair_share / 2 else 1
    return max(needed, min(wished, worth, 2 * slots), 1)


def _split(rows: Sequence[ManifestRow], parts: int) -> list[tuple[ManifestRow, ...]]:
    """Parts of about equal size in bytes: the largest file goes to the lightest part."""
    if parts == 1:
        return [tuple(rows)]
    bins: list[tuple[int, int, list[ManifestRow]]] = [(0, index, []) for index in range(parts)]
    for row in sorted(rows, key=lambda row: (-row.size, row.path)):
        size, index, members = heapq.heappop(bins)
        members.append(row)
        heapq.heappush(bins, (size + row.size, index, members))
    return [tuple(sorted(members)) for _, _, members in sorted(bins) if members]
