"""Sessions to which nothing happens: what all others are compared with."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chaos.cluster import Cluster
from chaos.facts import Facts, FindingFact, read_facts
from chaos.kinds import Answer, Kind, plan_of
from chaos.repositories import CHANGED, REPOSITORIES, mark, write_repository

from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.patch import FixPlan
from pipeline_mcp.domain.session import RunOptions
from pipeline_mcp.sessions.base import base_scan, compared_with
from pipeline_mcp.sessions.follow import wait
from pipeline_mcp.sessions.resolve import resolve
from pipeline_mcp.sessions.submit import submit
from pipeline_mcp.workspace.stores import blob_store

_SECONDS = 120.0
_COPY = -1


@dataclass(frozen=True)
class Undisturbed:
    """Findings by repository, and by with what a session has to agree; fixed files by path."""

    findings: Mapping[tuple[str, Answer], Counter[FindingFact]]
    fixed: Mapping[str, Mapping[str, bytes]]

    def patch(self, name: str, copy: int) -> dict[str, str]:
        """The hash of every file that fixes change in that copy of the repository."""
        ours, theirs = mark(_COPY).encode(), mark(copy).encode()
        return {
            path: hashlib.sha256(content.replace(ours, theirs)).hexdigest()
            for path, content in self.fixed[name].items()
        }


def run_undisturbed(cluster: Cluster) -> Undisturbed:
    """Run every kind of session; what the first ones find answers much of the others."""
    root = cluster.root / "undisturbed"
    places = {name: write_repository(name, root / name, copy=_COPY) for name in REPOSITORIES}
    changed = write_repository(CHANGED, root / "changed", copy=_COPY, changed=True)
    ids = {(name, Answer.SCAN): _begin(place) for name, place in places.items()}
    _expect_ended(ids)
    fix = plan_of(Kind.UNDONE)
    ids |= {(name, Answer.FIX): _begin(place, fix) for name, place in places.items()}
    scan = base_scan(resolve(_options(changed)), "HEAD")
    ids[CHANGED, Answer.BEFORE] = before = submit(scan.request)
    _expect_ended(ids)
    ids[CHANGED, Answer.AFTER] = submit(compared_with(resolve(_options(changed)), scan, before))
    _expect_ended(ids)
    facts = read_facts()
    findings = {key: facts.said(session_id) for key, session_id in ids.items()}
    fixed = {name: _fixed(facts, ids[name, Answer.FIX]) for name in REPOSITORIES}
    return Undisturbed(findings, fixed)


def _options(place: Path, fix: FixPlan | None = None) -> RunOptions:
    return RunOptions(path=str(place), attached=False, origin="chaos", fix=fix)


def _begin(place: Path, fix: FixPlan | None = None) -> str:
    return submit(resolve(_options(place, fix)))


def _expect_ended(ids: Mapping[tuple[str, Answer], str]) -> None:
    for (_name, answer), session_id in ids.items():
        status = wait(session_id, timeout=_SECONDS).status
        # Over a base nothing fails the gate.
        wanted = "passed" if answer is Answer.BEFORE else "failed"
        assert status == wanted, f"an undisturbed session, {answer}, ended {status}"


def _fixed(facts: Facts, session_id: str) -> dict[str, bytes]:
    changes = facts.fixes.patches[session_id].changes
    store = blob_store(settings())
    assert changes, "there is nothing to fix"
    return {path: store.get(new) for path, (_old, new) in changes.items()}
