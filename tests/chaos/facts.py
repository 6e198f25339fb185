"""What the database says when all is over, as plain data that the verdict judges."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, select

from pipeline_mcp.db.engine import reading
from pipeline_mcp.db.tables import event, finding, session, unit


@dataclass(frozen=True, slots=True)
class SessionFact:
    """A session's row."""

    session_id: str
    workspace: str
    status: str
    error: str | None
    finished_at: float | None


@dataclass(frozen=True, slots=True)
class UnitFact:
    """A unit's row."""

    session_id: str
    key: str
    tool: str
    state: str
    outcome: str | None
    reason: str | None
    attempt: int
    findings: int | None
    finished_at: float | None


@dataclass(frozen=True, slots=True)
class FindingFact:
    """A finding without its session: equal in every run over the same repository."""

    tool: str
    path: str
    line: int
    rule: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class EventFact:
    """One step of a session's history."""

    number: int
    kind: str
    data: dict[str, Any]


@dataclass
class Facts:
    """All rows, by session."""

    sessions: dict[str, SessionFact] = field(default_factory=dict)
    units: defaultdict[str, list[UnitFact]] = field(default_factory=lambda: defaultdict(list))
    # session -> finding -> number of rows
    findings: defaultdict[str, Counter[FindingFact]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    # (session, unit's key) -> number of rows
    rows_of_unit: Counter[tuple[str, str]] = field(default_factory=Counter)
    # in their order
    events: defaultdict[str, list[EventFact]] = field(default_factory=lambda: defaultdict(list))


def read_facts() -> Facts:
    """Read everything in one transaction."""
    facts = Facts()
    columns = (finding.c.tool, finding.c.path, finding.c.line, finding.c.rule)
    with reading() as connection:
        for row in connection.execute(_session_rows()).mappings():
            facts.sessions[row["session_id"]] = SessionFact(**row)
        for row in connection.execute(_unit_rows()).mappings():
            facts.units[row["session_id"]].append(UnitFact(**row))
        found = select(finding.c.session_id, finding.c.unit_key, *columns, finding.c.fingerprint)
        for session_id, key, *place in connection.execute(found):
            facts.findings[session_id][FindingFact(*place)] += 1
            facts.rows_of_unit[session_id, key] += 1
        history = select(event.c.session_id, event.c.id, event.c.kind, event.c.data)
        for session_id, *step in connection.execute(history.order_by(event.c.id)):
            facts.events[session_id].append(EventFact(*step))
    return facts


def _session_rows() -> Select[Any]:
    return select(
        session.c.id.label("session_id"),
        session.c.workspace,
        session.c.status,
        session.c.error,
        session.c.finished_at,
    )


def _unit_rows() -> Select[Any]:
    return select(*(unit.c[name] for name in UnitFact.__slots__))
