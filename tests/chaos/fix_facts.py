"""What the database says of fixes and of what was brought into workspaces."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from pipeline_mcp.db.tables import application, audit, candidate, fix_step, patch


@dataclass(frozen=True, slots=True)
class PatchFact:
    """A session's patch: by path, the hashes of the old and of the new content."""

    changes: dict[str, tuple[str, str]]
    updated_at: float


@dataclass(frozen=True, slots=True)
class ApplicationFact:
    """A session's latest wish and what came of it; `journal` by path, `files` path to state."""

    serial: int
    state: str
    direction: str
    journal: dict[str, str]
    files: dict[str, str]
    error: str | None


@dataclass(frozen=True, slots=True)
class CandidateFact:
    """A candidate; `at` are the moments at which it was made and judged."""

    cycle: int
    verdict: str | None
    at: tuple[float, ...]


@dataclass
class FixFacts:
    """All of it, by session."""

    patches: dict[str, PatchFact] = field(default_factory=dict)
    applications: dict[str, ApplicationFact] = field(default_factory=dict)
    candidates: defaultdict[str, list[CandidateFact]] = field(
        default_factory=lambda: defaultdict(list)
    )
    # session -> state of its steps -> how many
    steps: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    # session -> how often the audit says that something was applied, or undone
    done: Counter[tuple[str, str]] = field(default_factory=Counter)


def read_fix_facts(connection: Connection) -> FixFacts:
    """Read everything."""
    facts = FixFacts()
    for row in connection.execute(select(patch)).mappings():
        changes = {one["path"]: (one["old_sha256"], one["new_sha256"]) for one in row["changes"]}
        facts.patches[row["session_id"]] = PatchFact(changes, row["updated_at"])
    for row in connection.execute(select(application)).mappings():
        facts.applications[row["session_id"]] = _application(row)
    for row in connection.execute(select(candidate).order_by(candidate.c.cycle)).mappings():
        moments = [moment for moment in (row["created_at"], row["judged_at"]) if moment]
        made = CandidateFact(row["cycle"], row["verdict"], tuple(moments))
        facts.candidates[row["session_id"]].append(made)
    states = select(fix_step.c.session_id, fix_step.c.state, func.count())
    for session_id, state, count in connection.execute(
        states.group_by(fix_step.c.session_id, fix_step.c.state)
    ):
        facts.steps[session_id][state] = count
    actions = select(audit.c.session_id, audit.c.action).where(audit.c.action.in_(_ACTIONS))
    facts.done.update(map(tuple, connection.execute(actions)))
    return facts


def _application(row: Any) -> ApplicationFact:
    return ApplicationFact(
        serial=row["serial"],
        state=row["state"],
        direction=row["wish"]["direction"],
        journal=row["journal"],
        files={one["path"]: one["state"] for one in row["files"]},
        error=row["error"],
    )


_ACTIONS = ("apply", "undo")
