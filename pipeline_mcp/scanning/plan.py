"""The plan stage: which tools, which files, what is known already, and the rest in shards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import (
    candidates,
    costs,
    findings,
    manifests,
    results,
    sessions,
    stages,
    units,
    workers,
)
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.session import SessionRequest, Stage, request_from_dict, scan_stage
from pipeline_mcp.domain.snapshot import ManifestRow, Snapshot
from pipeline_mcp.domain.unit import Unit
from pipeline_mcp.scanning.catalogue import catalogue
from pipeline_mcp.scanning.identity import digest, is_cacheable, tool_version
from pipeline_mcp.scanning.keys import result_keys, tool_files
from pipeline_mcp.scanning.options import options_for
from pipeline_mcp.scanning.shards import make_shards
from pipeline_mcp.scanning.surroundings import warnings
from pipeline_mcp.scanning.targets import is_target
from pipeline_mcp.tools.contract import Scope, Tool
from pipeline_mcp.tools.selection import select_tools
from pipeline_mcp.workspace.stores import blob_store

_NOTHING = "No tool applies to the files of this workspace, so nothing was checked."


@dataclass(frozen=True, slots=True)
class CachedUnit:
    """A unit that the result cache has answered, with what it found."""

    unit: Unit
    version: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a scan consists of; `open_units` in the order of sending."""

    cached: list[CachedUnit] = field(default_factory=list)
    open_units: list[Unit] = field(default_factory=list)
    notices: tuple[str, ...] = ()
    aging_results: tuple[str, ...] = ()


def plan(session_id: str) -> tuple[list[tuple[str, str]], SessionRequest]:
    """Plan the scan of the session's snapshot, or of its newest candidate, once.

    Gives `(key, tool)` of the units that are still to be run, in the order of sending, and
    what the session was asked to do.
    """
    with reading() as connection:
        row = sessions.work(connection, session_id)
        request = request_from_dict(row["request"])
        if sessions.is_over(connection, session_id):
            return [], request
        cycle: int = row["cycle"]
        is_planned = stages.get(connection, session_id, scan_stage(cycle), cycle=cycle) is not None
        snapshot_id = candidates.snapshot_of(connection, row, cycle)
        snapshot = manifests.load(connection, snapshot_id or "")
        snapshot = replace(snapshot, skipped=stages.skipped_files(connection, session_id))
        rates = costs.rates(connection)
        slots = workers.slots(connection) or settings().concurrency
    if not is_planned:
        made = make_plan(session_id, request, snapshot, rates, slots, cycle=cycle)
        with transaction() as connection:
            _save(connection, session_id, cycle, made)
    with reading() as connection:
        return units.open_units(connection, session_id, cycle=cycle), request


def make_plan(
    session_id: str,
    request: SessionRequest,
    snapshot: Snapshot,
    rates: Mapping[str, float],
    slots: int,
    *,
    cycle: int = 1,
) -> Plan:
    """Choose the tools, ask the result cache, and cut what is unknown into units."""
    store = blob_store(settings())
    selection = select_tools(
        request, snapshot, catalogue(request), content=lambda row: store.get(row.sha256)
    )
    cached: list[CachedUnit] = []
    aging: list[str] = []
    work: dict[str, tuple[Tool, list[ManifestRow]]] = {}
    for tool in selection.tools:
        wanted = _wanted(tool, snapshot, request)
        known, unknown = _ask_cache(tool, snapshot, request, wanted, aging)
        if known:
            cached.append(_cached_unit(session_id, cycle, tool, known, wanted))
        if unknown:
            work[tool.name] = (tool, unknown)
    shards = make_shards(work, rates, slots)
    opened = [
        _unit(session_id, cycle, shard.tool, [row.path for row in shard.rows], position)
        for position, shard in enumerate(shards)
    ]
    nothing = () if selection.tools else (_NOTHING,)
    notices = (*selection.notices, *warnings(selection.tools), *nothing)
    return Plan(cached, opened, notices, tuple(aging))


def _wanted(tool: Tool, snapshot: Snapshot, request: SessionRequest) -> list[ManifestRow]:
    """The files the tool is to speak of; a program-scoped tool always reads the whole program."""
    rows = tool_files(tool, snapshot)
    targets = [row for row in rows if is_target(row.path, request.files)]
    return rows if targets and tool.scope is Scope.PROGRAM else targets


def _ask_cache(
    tool: Tool,
    snapshot: Snapshot,
    request: SessionRequest,
    wanted: Sequence[ManifestRow],
    aging: list[str],
) -> tuple[dict[str, tuple[Finding, ...]], list[ManifestRow]]:
    """What the cache knows, by path, and the rows it does not know.

    The keys of what would expire unless it is refreshed are added to `aging`.
    """
    if not (wanted and request.use_cache and is_cacheable(tool)):
        return {}, list(wanted)
    keys = result_keys(tool, snapshot, options_for(tool, request, snapshot), wanted)
    with reading() as connection:
        found = results.lookup(connection, list(keys.values()))
    aging += found.aging
    known = {path: found.findings[key] for path, key in keys.items() if key in found.findings}
    if tool.scope is Scope.PROGRAM:
        return known, [] if known else list(wanted)
    return known, [row for row in wanted if row.path not in known]


def _cached_unit(
    session_id: str,
    cycle: int,
    tool: Tool,
    known: Mapping[str, tuple[Finding, ...]],
    wanted: Sequence[ManifestRow],
) -> CachedUnit:
    is_program = tool.scope is Scope.PROGRAM
    paths = [row.path for row in wanted if is_program or row.path in known]
    unit = _unit(session_id, cycle, tool, paths, position=-1, cached=True)
    return CachedUnit(unit, tool_version(tool), tuple(_all(known.values())))


def _all(groups: Iterable[tuple[Finding, ...]]) -> list[Finding]:
    return [finding for group in groups for finding in group]


def _unit(
    session_id: str,
    cycle: int,
    tool: Tool,
    paths: Sequence[str],
    position: int,
    *,
    cached: bool = False,
) -> Unit:
    key = digest([cycle, tool.name, cached, list(paths)])
    return Unit(key, session_id, cycle, tool.name, position, tuple(paths), cached)


def _save(connection: Connection, session_id: str, cycle: int, made: Plan) -> None:
    """Write the plan, unless somebody else has just done so."""
    expected = len(made.open_units)
    stage = scan_stage(cycle)
    if not stages.begin(connection, session_id, stage, cycle=cycle, expected=expected):
        return
    notices = {"notices": list(made.notices)}
    stages.begin(connection, session_id, Stage.PLAN, cycle=cycle)
    stages.close(connection, session_id, Stage.PLAN, cycle=cycle, detail=notices)
    request = sessions.request_of(connection, session_id)
    units.insert(connection, [*(one.unit for one in made.cached), *made.open_units])
    for one in made.cached:
        kept = [each for each in one.findings if is_target(each.path, request.files)]
        findings.insert(connection, one.unit, kept)
        units.complete_cached(connection, one.unit, tool_version=one.version, findings=len(kept))
    results.refresh(connection, made.aging_results)
    sessions.advance(connection, session_id, stage)
