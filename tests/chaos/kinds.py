"""The kinds of sessions that a campaign has, and what each is to do."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pipeline_mcp.domain.patch import FixPlan

MOST_CYCLES = 2
MOST_FIXES = 20


class Kind(StrEnum):
    """What a session is to do.

    One that is `undone` makes a patch, which its caller applies after its end and then takes back.
    """

    SCAN = "scan"
    FIX = "fix"
    UNDONE = "undone"
    BASE = "base"


# How often each kind is dealt.
DEALT = (Kind.SCAN, Kind.SCAN, Kind.SCAN, Kind.FIX, Kind.FIX, Kind.UNDONE, Kind.UNDONE, Kind.BASE)


class Answer(StrEnum):
    """What sessions over equal repositories agree in: a kind, but for the two sides of a base."""

    SCAN = "scan"
    FIX = "fix"
    BEFORE = "before"
    AFTER = "after"


def plan_of(kind: Kind) -> FixPlan | None:
    """What a session of that kind may fix."""
    if kind not in (Kind.FIX, Kind.UNDONE):
        return None
    return FixPlan(
        max_cycles=MOST_CYCLES,
        max_fixes_per_cycle=MOST_FIXES,
        break_on_no_issues=False,
        apply=kind is Kind.FIX,
    )


def kind_of(request: Mapping[str, Any]) -> Kind:
    """The kind of the session with that stored request."""
    if plan := request.get("fix"):
        return Kind.FIX if plan["apply"] else Kind.UNDONE
    return Kind.BASE if request.get("ref") or request.get("base") else Kind.SCAN


def answer_of(request: Mapping[str, Any]) -> Answer:
    """With which undisturbed session it has to agree."""
    if request.get("fix"):
        return Answer.FIX
    if request.get("ref"):
        return Answer.BEFORE
    return Answer.AFTER if request.get("base") else Answer.SCAN
