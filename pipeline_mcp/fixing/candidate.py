"""Make a candidate: the base's snapshot with a set of steps, as far as no guard objects."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.patch import FixStep
from pipeline_mcp.domain.session import SessionRequest
from pipeline_mcp.domain.snapshot import Snapshot, make_snapshot
from pipeline_mcp.fixing.aftercare import clean_up, followers
from pipeline_mcp.fixing.comparison import Scan
from pipeline_mcp.fixing.making import Guard, Made, make_edits, take_contents
from pipeline_mcp.fixing.rewriting import Workshop, needs_rewriting, rewrite
from pipeline_mcp.fixing.worktree import WorkTree, work_directory
from pipeline_mcp.scanning.catalogue import catalogue
from pipeline_mcp.tools.contract import Tool
from pipeline_mcp.workspace.blobs import BlobStore

# Our own configuration, beside that of the tools.
_OWN_CONFIGURATION = "pipeline.yaml"


@dataclass(frozen=True, slots=True)
class Result:
    """A candidate's snapshot, whose contents are stored, and what became of the steps.

    `refused` says why by a step's number, `hashes` as in `Made`; `steps` are the others.
    """

    snapshot: Snapshot
    steps: frozenset[int]
    refused: Mapping[int, str]
    hashes: Mapping[int, tuple[str, str]]


def session_tools(request: SessionRequest, scan: Scan) -> dict[str, Tool]:
    """The tools that took part in the scan, by name."""
    known = catalogue(request)
    return {name: known[name] for name in sorted(scan.outcomes) if name in known}


def make_candidate(
    request: SessionRequest,
    base: Snapshot,
    scan: Scan,
    steps: Sequence[FixStep],
    store: BlobStore,
    is_wanted: Callable[[], bool],
) -> Result:
    """Apply the steps to `base`, of which `scan` speaks, and store what comes of it.

    Raises:
        StoppedError: `is_wanted` said no.
        BlobMissingError: a content is not in the store any more.
        ServiceError: the disk or the store does not take it.
    """
    shop = _workshop(request, base, scan, store, is_wanted)
    made = Made()
    take_contents(steps, shop.original, store.get, shop.guard, made)
    make_edits(steps, shop.original, shop.guard, made)
    if followers(steps, shop) or needs_rewriting(steps, made, shop):
        with work_directory(settings().state_dir) as directory:
            tree = WorkTree(directory, base.rows, store, made.contents)
            clean_up(steps, made, shop, tree)
            rewrite(steps, made, shop, tree)
    snapshot = _stored(base, made, store)
    kept = frozenset(step.number for step in steps) - made.refused.keys()
    hashes = {number: pair for number, pair in made.hashes.items() if number in kept}
    return Result(snapshot, kept, made.refused, hashes)


def _workshop(
    request: SessionRequest,
    base: Snapshot,
    scan: Scan,
    store: BlobStore,
    is_wanted: Callable[[], bool],
) -> Workshop:
    hashes = {row.path: row.sha256 for row in base.rows}
    tools = session_tools(request, scan)
    configuration = {name for tool in tools.values() for name in tool.config_files}
    unsafe = request.fix is not None and request.fix.unsafe
    guard = Guard(tools, configuration | {_OWN_CONFIGURATION}, settings().max_file_bytes, unsafe)
    return Workshop(
        request=request,
        snapshot=base,
        tools=tools,
        findings=scan.findings,
        flagged=_flagged(scan.findings),
        original=lambda path: store.get(hashes[path]),
        unsafe=unsafe,
        guard=guard,
        limits=settings().tool,
        is_wanted=is_wanted,
    )


def _flagged(findings: Sequence[Finding]) -> dict[str, set[str]]:
    flagged: defaultdict[str, set[str]] = defaultdict(set)
    for finding in findings:
        flagged[finding.tool].add(finding.path)
    return flagged


def _stored(base: Snapshot, made: Made, store: BlobStore) -> Snapshot:
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in made.contents.items()}
    contents = {hashes[path]: content for path, content in made.contents.items()}
    store.put_many({sha256: contents[sha256] for sha256 in store.missing(contents)})
    rows = [
        replace(row, sha256=hashes[row.path], size=len(made.contents[row.path]))
        if row.path in hashes
        else row
        for row in base.rows
    ]
    return make_snapshot(rows, base.skipped)
